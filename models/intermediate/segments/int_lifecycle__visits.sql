-- In how many periods and months each customer bought, and in which of the last ones. One aggregate
-- over the purchase days: a period is counted at its first purchase day.
{{ config(enabled=customer_lifecycle.has_room('segments')) }}
{%- set day_before = 'cast(' ~ dbt.dateadd(
    'day', '-purchase_days.gap_days', 'purchase_days.purchased_on'
) ~ ' as date)' %}
{%- set next_day = 'cast(' ~ dbt.dateadd('day', 1, 'as_of_date') ~ ' as date)' %}
{%- set open_period = customer_lifecycle.period_start(next_day) %}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

as_of as (

    select
        as_of_date,
        {{ customer_lifecycle.add_periods('-1', open_period) }} as last_period,
        {{ customer_lifecycle.add_periods('-2', open_period) }} as period_before
    from {{ ref('lifecycle_as_of') }}

),

days as (

    select
        purchase_days.customer_id,
        purchase_days.gap_days,
        as_of.last_period,
        as_of.period_before,
        {{ customer_lifecycle.period_start('purchase_days.purchased_on') }} as period_started_on,
        {{ customer_lifecycle.period_start(day_before) }} as previous_period_started_on,
        {{ customer_lifecycle.whole_months_between(
            'purchase_days.purchased_on', 'as_of.as_of_date'
        ) }} as months_ago,
        {{ customer_lifecycle.whole_months_between(day_before, 'as_of.as_of_date') }}
            as previous_months_ago
    from purchase_days
    cross join as_of

),

visits as (

    select
        customer_id,
        min(period_started_on) as first_period,
        max(last_period) as last_period,
        cast(count(
            case
                when gap_days is null or previous_period_started_on < period_started_on then 1
            end
        ) as integer) as active_periods,
        max(case when period_started_on = last_period then 1 else 0 end) as is_active,
        max(case when period_started_on = period_before then 1 else 0 end) as was_active,
        max(case when period_started_on < last_period then 1 else 0 end) as has_bought_before,
        cast(count(case when months_ago < 12 then 1 end) as integer) as visits_last_12_months,
        cast(count(
            case
                when
                    months_ago < 12
                    and (gap_days is null or previous_months_ago > months_ago)
                    then 1
            end
        ) as integer) as months_visited
    from days
    group by customer_id

)

select * from visits
