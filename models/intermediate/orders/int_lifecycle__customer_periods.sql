-- What each customer bought in each period (lifecycle_period) with a purchase, and up to its end.
-- One aggregate; the sums run over its rows, not over purchase days. No other room reads it.
{{ config(enabled=(
    customer_lifecycle.has_room('history')
    or customer_lifecycle.has_room('kpis')
    or customer_lifecycle.has_room('markov')
)) }}
{%- set so_far = 'over (partition by customer_id order by period_started_on
    rows unbounded preceding)' %}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

by_period as (

    select
        customer_id,
        {{ customer_lifecycle.period_start('purchased_on') }} as period_started_on,
        count(*) as purchase_days,
        sum(amount) as amount,
        count(gap_days) as gaps,
        coalesce(sum(gap_days), 0) as gap_days,
        max(gap_days) as longest_gap_days,
        min(purchased_on) as first_purchase_on,
        max(purchased_on) as last_purchase_on
    from purchase_days
    group by customer_id, {{ customer_lifecycle.period_start('purchased_on') }}

),

customer_periods as (

    select
        customer_id,
        period_started_on,
        cast(purchase_days as integer) as purchase_days,
        cast(amount as {{ var('lifecycle_money_type') }}) as amount,
        cast(gaps as integer) as gaps,
        cast(gap_days as integer) as gap_days,
        longest_gap_days,
        first_purchase_on,
        last_purchase_on,
        cast(sum(purchase_days) {{ so_far }} as integer) as purchase_days_so_far,
        cast(sum(amount) {{ so_far }} as {{ var('lifecycle_money_type') }}) as amount_so_far,
        cast(sum(gaps) {{ so_far }} as integer) as gaps_so_far,
        cast(sum(gap_days) {{ so_far }} as integer) as gap_days_so_far
    from by_period

)

select * from customer_periods
