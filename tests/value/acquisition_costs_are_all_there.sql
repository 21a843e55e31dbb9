-- The cohorts hold every customer, all that they have brought and all that getting them has
-- cost: what is known of each customer, and what was spent, whether it counts or
-- is set aside.
{{ config(enabled=customer_lifecycle.has_acquisition()) }}
{% if customer_lifecycle.are_built([
    'acquisition_channels', 'customer_value', 'lifecycle_as_of', 'stg_lifecycle__customers',
    'stg_lifecycle__marketing_spend',
]) -%}
with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

registrations as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('customers'), 'stg_lifecycle__customers',
        {'registered_on': 'date', 'acquisition_cost': 'decimal(18, 4)'}
    ) }}

),

spend as (

    {{ customer_lifecycle.spend_so_far() }}

),

cohorts as (

    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(value_so_far), 0) as value_so_far,
        coalesce(sum(coalesce(cost, 0) + spend_set_aside), 0) as cost
    from {{ ref('customer_lifecycle', 'acquisition_channels') }}
    where scope = 'cohort'

),

everybody as (

    select
        count(*) as customers,
        coalesce(sum(historic_value), 0) as historic_value
    from {{ ref('customer_lifecycle', 'customer_value') }}

),

paid_for_customers as (

    select coalesce(sum(registrations.acquisition_cost), 0) as cost
    from registrations
    inner join as_of on registrations.registered_on <= as_of.as_of_date

),

spent as (

    select coalesce(sum(cost), 0) as cost from spend
    where goal = 'acquire'

)

select
    cohorts.*,
    everybody.customers as known_customers,
    everybody.historic_value,
    paid_for_customers.cost as acquisition_cost,
    spent.cost as spend
from cohorts
cross join everybody
cross join paid_for_customers
cross join spent
where
    cohorts.customers <> everybody.customers
    or cohorts.value_so_far <> everybody.historic_value
    or cohorts.cost <> paid_for_customers.cost + spent.cost
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
