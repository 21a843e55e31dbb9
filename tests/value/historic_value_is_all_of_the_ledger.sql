-- What the customers are worth so far, together, is what the ledger says of them, to the cent.
-- People who were contacted and are no customers are in the ledger alone.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{% if customer_lifecycle.are_built([
    'customer_value', 'customer_value_ledger', 'int_lifecycle__customers',
]) -%}
with customer_value as (

    select sum(historic_value) as value from {{ ref('customer_lifecycle', 'customer_value') }}

),

ledger as (

    select sum(ledger.value) as value
    from {{ ref('customer_lifecycle', 'customer_value_ledger') }} as ledger
    inner join {{ ref('int_lifecycle__customers') }} as customers
        on ledger.customer_id = customers.customer_id

)

select
    customer_value.value as value_of_customers,
    ledger.value as value_in_ledger
from customer_value
cross join ledger
where coalesce(customer_value.value, 0) <> coalesce(ledger.value, 0)
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
