-- What is known of each customer from their first purchase on: what they were before, and how the
-- first purchase was made. What they did later is no trait, since whoever stays does more of it.
{{ config(enabled=customer_lifecycle.has_drivers()) }}
{%- set text = dbt.type_string() %}
{%- set columns = customer_lifecycle.trait_columns() %}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

{% if customer_lifecycle.has_input('order_lines') -%}
order_lines as (

    select * from {{ ref('stg_lifecycle__order_lines') }}

),

{% endif -%}
{% if customer_lifecycle.has_input('customers') -%}
customers as (

    select * from {{ ref('stg_lifecycle__customers') }}

),

{% endif -%}
first_orders as (

    select
        orders.order_id,
        orders.customer_id,
        orders.channel,
        orders.amount,
        orders.discount_amount
    from orders
    inner join purchase_history
        on
            orders.customer_id = purchase_history.customer_id
            and orders.ordered_on = purchase_history.first_purchase_on
    where orders.amount >= {{ var('lifecycle_minimum_purchase_amount') }}

),

first_channels as (

    select
        customer_id,
        channel,
        row_number() over (partition by customer_id order by sum(amount) desc, channel asc) as place
    from first_orders
    where channel is not null
    group by customer_id, channel

),

first_days as (

    select
        customer_id,
        case
            when count(discount_amount) = 0 then null
            when sum(discount_amount) > 0 then 'yes'
            else 'no'
        end as is_discounted
    from first_orders
    group by customer_id

),

{% if customer_lifecycle.has_input('order_lines') -%}
first_categories as (

    select
        first_orders.customer_id,
        order_lines.category,
        row_number() over (
            partition by first_orders.customer_id
            order by sum(order_lines.amount) desc, order_lines.category asc
        ) as place
    from first_orders
    inner join order_lines on first_orders.order_id = order_lines.order_id
    where order_lines.category is not null
    group by first_orders.customer_id, order_lines.category

),

{% endif -%}
traits as (

    select
        customer_id,
        'first_purchase_year' as trait,
        cast(cast(extract(year from first_purchase_on) as integer) as {{ text }}) as trait_value
    from purchase_history
    union all
    select
        customer_id,
        'first_order_channel' as trait,
        channel as trait_value
    from first_channels
    where place = 1
    union all
    select
        customer_id,
        'first_order_discounted' as trait,
        is_discounted as trait_value
    from first_days
    {%- if customer_lifecycle.has_input('order_lines') %}
    union all
    select
        customer_id,
        'first_category' as trait,
        category as trait_value
    from first_categories
    where place = 1
    {%- endif %}
    {%- for name, column in columns.items() %}
    union all
    select
        purchase_history.customer_id,
        '{{ name }}' as trait,
        cast(customers.{{ column }} as {{ text }}) as trait_value
    from purchase_history
    inner join customers on purchase_history.customer_id = customers.customer_id
    {%- endfor %}

),

customer_traits as (

    -- Of whom it is not known what they are nothing is said.
    select
        customer_id,
        trait,
        trim(trait_value) as trait_value
    from traits
    where trim(trait_value) <> ''

)

select * from customer_traits
