-- What the orders of each customer came to in each period with an order, refunds included, and up
-- to its end. One aggregate; the sums run over its rows, not over orders.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set by_period = 'over (partition by customer_id order by period_started_on)' %}
{%- set so_far = 'over (partition by customer_id order by period_started_on
    rows unbounded preceding)' %}
{%- set money = var('lifecycle_money_type') %}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

by_period as (

    select
        customer_id,
        {{ customer_lifecycle.period_start('ordered_on') }} as period_started_on,
        min(ordered_on) as first_order_on,
        count(*) as orders,
        cast(count(
            case when amount >= {{ var('lifecycle_minimum_purchase_amount') }} then 1 end
        ) as integer) as purchases,
        cast(coalesce(sum(
            case when amount >= {{ var('lifecycle_minimum_purchase_amount') }} then amount end
        ), 0) as {{ money }}) as purchase_amount,
        cast(sum(amount) as {{ money }}) as net_amount
    from orders
    group by customer_id, {{ customer_lifecycle.period_start('ordered_on') }}

),

order_periods as (

    select
        customer_id,
        period_started_on,
        lead(period_started_on) {{ by_period }} as next_period_started_on,
        purchases,
        purchase_amount,
        net_amount,
        min(first_order_on) {{ so_far }} as first_order_on,
        cast(sum(orders) {{ so_far }} as integer) as orders_so_far,
        cast(sum(net_amount) {{ so_far }} as {{ money }}) as net_amount_so_far
    from by_period

)

select * from order_periods
