-- What the orders of each customer come to, beside their purchase days: how many, how much each,
-- the first and the last, and what was given back. One aggregate over the orders.
{%- set money = var('lifecycle_money_type') %}
{%- set order_by = ['ordered_at', 'order_id', 'part_number'] %}

with orders as (

    select
        *,
        amount >= {{ var('lifecycle_minimum_purchase_amount') }} as is_purchase
    from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

totals as (

    select
        customer_id,
        count(case when is_purchase then 1 end) as orders,
        sum(case when is_purchase then amount end) as purchase_amount,
        sum(case when amount < 0 then -amount else 0 end) as refunded_amount
    from orders
    group by customer_id

),

first_and_last as (

    select
        customer_id,
        {{ customer_lifecycle.first_by('amount', order_by) }} as first_order_amount,
        {{ customer_lifecycle.last_by('amount', order_by) }} as last_order_amount,
        {{ customer_lifecycle.last_by('channel', order_by) }} as last_order_channel
    from {{ customer_lifecycle.rows_in_order('orders', ['customer_id', 'is_purchase'], order_by) }}
    where is_purchase
    group by customer_id

),

order_totals as (

    select
        totals.customer_id,
        first_and_last.last_order_channel,
        cast(totals.orders as integer) as orders,
        cast(coalesce(totals.purchase_amount, 0) as {{ money }}) as purchase_amount,
        {{ customer_lifecycle.rounded_quotient(
            'totals.purchase_amount', 'nullif(totals.orders, 0)'
        ) }} as average_order_value,
        cast(first_and_last.first_order_amount as {{ money }}) as first_order_amount,
        cast(first_and_last.last_order_amount as {{ money }}) as last_order_amount,
        cast(totals.refunded_amount as {{ money }}) as refunded_amount
    from totals
    left join first_and_last on totals.customer_id = first_and_last.customer_id

)

select * from order_totals
