-- What the customers have brought in, together, is the amount of all orders so far, to the cent.
{% if customer_lifecycle.are_built([
    'customer_value', 'lifecycle_as_of', 'stg_lifecycle__orders',
]) -%}
with orders as (

    select sum(amount) as amount from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

customers as (

    select sum(historic_amount) as amount from {{ ref('customer_lifecycle', 'customer_value') }}

)

select
    orders.amount as amount_of_orders,
    customers.amount as amount_of_customers
from orders
cross join customers
where coalesce(orders.amount, 0) <> coalesce(customers.amount, 0)
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
