-- All customers and periods together are all orders so far, their costs and all contacts so far, to
-- the cent.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{% if customer_lifecycle.are_built([
    'customer_value_ledger', 'int_lifecycle__order_costs', 'lifecycle_as_of',
    'stg_lifecycle__orders',
]) -%}
{%- set as_of_date %}
(select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)
{%- endset %}

with ledger as (

    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(contacts), 0) as contacts,
        coalesce(sum(amount), 0) as amount,
        coalesce(sum(product_cost), 0) as product_cost,
        coalesce(sum(contact_cost), 0) as contact_cost,
        coalesce(sum(value), 0) as value
    from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

orders as (

    select
        count(*) as orders,
        coalesce(sum(amount), 0) as amount
    from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= {{ as_of_date }}

),

costs as (

    select coalesce(sum(product_cost), 0) as product_cost
    from {{ ref('int_lifecycle__order_costs') }}

),

contact_costs as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('contact_costs'), 'stg_lifecycle__contact_costs',
        {'contacted_on': 'date', 'cost': 'decimal(18, 4)'}
    ) }}

),

contacts as (

    select
        count(*) as contacts,
        coalesce(sum(cost), 0) as contact_cost
    from contact_costs
    where contacted_on <= {{ as_of_date }}

)

select
    ledger.*,
    orders.amount as amount_of_orders,
    costs.product_cost as cost_of_orders,
    contacts.contact_cost as cost_of_contacts
from ledger
cross join orders
cross join costs
cross join contacts
where
    ledger.orders <> orders.orders
    or ledger.contacts <> contacts.contacts
    or ledger.amount <> orders.amount
    or ledger.product_cost <> costs.product_cost
    or ledger.contact_cost <> contacts.contact_cost
    or ledger.value <> orders.amount - costs.product_cost - contacts.contact_cost
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
