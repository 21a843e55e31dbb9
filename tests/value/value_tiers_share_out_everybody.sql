-- The shares of the tiers add up to 1, and the tiers hold all customers with a forecast and what
-- they are worth.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{% if customer_lifecycle.are_built(['customer_value', 'lifecycle_value_tiers', 'value_tiers']) -%}
with tiers as (

    select sum(customer_share) as customer_share from {{ ref('lifecycle_value_tiers') }}

),

value_tiers as (

    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(historic_value), 0) as historic_value,
        coalesce(sum(predicted_value), 0) as predicted_value
    from {{ ref('customer_lifecycle', 'value_tiers') }}

),

customer_value as (

    select
        count(*) as customers,
        coalesce(sum(historic_value), 0) as historic_value,
        coalesce(sum(net_clv_365d), 0) as predicted_value
    from {{ ref('customer_lifecycle', 'customer_value') }}
    where clv_365d is not null

)

select
    tiers.customer_share,
    value_tiers.customers as customers_in_tiers,
    customer_value.customers as customers_with_value
from tiers
cross join value_tiers
cross join customer_value
where
    tiers.customer_share <> 1
    or value_tiers.customers <> customer_value.customers
    or value_tiers.historic_value <> customer_value.historic_value
    or value_tiers.predicted_value <> customer_value.predicted_value
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
