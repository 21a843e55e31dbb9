-- The one place that says what "today" is. Every measure looks at the orders up to this date.
{{ config(pre_hook=[
    "{{ customer_lifecycle.stop_where_history_changed() }}",
    "{{ customer_lifecycle.stop_where_money_does_not_fit() }}",
]) }}
{%- do customer_lifecycle.check_rooms() %}
{%- do customer_lifecycle.check_parent_inputs() %}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

order_days as (

    select distinct ordered_on from orders

),

numbered_days as (

    select
        ordered_on,
        row_number() over (order by ordered_on) as day_number,
        row_number() over (order by ordered_on desc) as days_back
    from order_days

),

as_of as (

    select
        {% if var('lifecycle_as_of_date', none) %}
        cast('{{ var("lifecycle_as_of_date") }}' as date) as as_of_date,
        {% else %}
        max(ordered_on) as as_of_date,
        {% endif %}
        min(ordered_on) as first_order_on,
        max(case when day_number = 2 then ordered_on end) as second_order_on,
        max(ordered_on) as last_order_on,
        max(case when days_back = 2 then ordered_on end) as second_last_order_on
    from numbered_days

)

select * from as_of
