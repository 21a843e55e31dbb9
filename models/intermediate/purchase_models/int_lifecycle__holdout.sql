-- The days that the purchase models are compared on: they are fitted to what was known at the
-- calibration end, and forecast the days after it up to the as-of date.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set holdout_start = var('lifecycle_holdout_start', none) %}

with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

first_day as (

    select min(first_purchase_on) as first_purchase_on from purchase_history

),

days_held_out as (

    select
        as_of.as_of_date,
        {{ customer_lifecycle.days_between(
            'first_day.first_purchase_on', 'as_of.as_of_date'
        ) }} as history_days,
        {% if holdout_start is none -%}
        cast(floor(
            {{ var('lifecycle_holdout_share') }}
            * {{ customer_lifecycle.days_between(
                'first_day.first_purchase_on', 'as_of.as_of_date'
            ) }}
        ) as integer) as holdout_days
        {%- else -%}
        1 + {{ customer_lifecycle.days_between(
            "cast('" ~ holdout_start ~ "' as date)", 'as_of.as_of_date'
        ) }} as holdout_days
        {%- endif %}
    from as_of
    cross join first_day

),

holdout as (

    select
        holdout_days,
        history_days,
        cast({{ dbt.dateadd('day', '-holdout_days', 'as_of_date') }} as date) as calibration_end,
        cast({{ dbt.dateadd('day', '1 - holdout_days', 'as_of_date') }} as date) as holdout_start,
        as_of_date as holdout_end
    from days_held_out
    where holdout_days > 0

)

select * from holdout
