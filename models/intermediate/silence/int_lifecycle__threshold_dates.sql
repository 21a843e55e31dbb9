-- The dates at which thresholds are learnt: the as-of date, the period ends, and the day that lies
-- a horizon back, on which the rules are judged by what came after it.
with as_of as (

    select
        as_of_date,
        cast({{ dbt.dateadd(
            'day', -(var('lifecycle_threshold_horizon') | int), 'as_of_date'
        ) }} as date) as held_out_date
    from {{ ref('lifecycle_as_of') }}

),

all_dates as (

    -- Without orders there is one date, and it is null.
    select as_of_date from as_of
    union all
    select held_out_date as as_of_date from as_of
    {%- if customer_lifecycle.has_room('history') %}
    union all
    select period_end as as_of_date from {{ ref('int_lifecycle__history_periods') }}
    {%- endif %}

),

different_dates as (

    select distinct as_of_date from all_dates

),

threshold_dates as (

    select
        different_dates.as_of_date,
        coalesce(different_dates.as_of_date = as_of.held_out_date, false) as is_held_out
    from different_dates
    cross join as_of

)

select * from threshold_dates
