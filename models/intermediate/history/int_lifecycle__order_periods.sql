-- What the orders of each customer came to in each period with an order, refunds included, and what
-- was known of the customer at its end: nothing but an order changes that. One aggregate; all that
-- runs up to the end of a period runs over its rows, not over orders.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set by_period = 'over (partition by customer_id order by period_started_on)' %}
{%- set so_far = 'over (partition by customer_id order by period_started_on
    rows unbounded preceding)' %}
{%- set money = var('lifecycle_money_type') %}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

customer_periods as (

    select * from {{ ref('int_lifecycle__customer_periods') }}

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

with_purchase_days as (

    select
        by_period.*,
        customer_periods.purchase_days,
        customer_periods.first_purchase_on,
        customer_periods.last_purchase_on,
        customer_periods.longest_gap_days
    from by_period
    left join customer_periods
        on
            by_period.customer_id = customer_periods.customer_id
            and by_period.period_started_on = customer_periods.period_started_on

),

order_periods as (

    -- Before the first purchase day its columns are null.
    select
        customer_id,
        period_started_on,
        lead(period_started_on) {{ by_period }} as next_period_started_on,
        purchases,
        purchase_amount,
        net_amount,
        longest_gap_days,
        min(first_order_on) {{ so_far }} as first_order_on,
        cast(sum(orders) {{ so_far }} as integer) as orders_so_far,
        cast(sum(net_amount) {{ so_far }} as {{ money }}) as net_amount_so_far,
        cast(sum(purchase_days) {{ so_far }} as integer) as purchase_days_so_far,
        min(first_purchase_on) {{ so_far }} as first_purchase_on,
        max(last_purchase_on) {{ so_far }} as last_purchase_on,
        max(longest_gap_days) {{ so_far }} as longest_gap_days_so_far
    from with_purchase_days

)

select * from order_periods
