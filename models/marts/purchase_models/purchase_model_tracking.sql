-- Repeat purchases of all customers of the calibration by week, as they came and as the models
-- expected them from each customer's first purchase alone.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

holdout as (

    select * from {{ ref('int_lifecycle__holdout') }}

),

tracking_curves as (

    {{ customer_lifecycle.python_rows('int_lifecycle__tracking_curves', {
        'model': dbt.type_string(), 'age_days': 'bigint',
        'expected_purchases': customer_lifecycle.double_type(),
    }) }}

),

first_days as (

    select
        purchase_history.first_purchase_on,
        count(*) as customers
    from purchase_history
    inner join holdout on purchase_history.first_purchase_on <= holdout.calibration_end
    group by purchase_history.first_purchase_on

),

repeat_days as (

    -- Weeks are counted from the first day of the holdout, so that one begins with it.
    select
        cast(floor(
            {{ customer_lifecycle.days_between(
                'holdout.holdout_start', 'purchase_days.purchased_on'
            ) }} / 7.0
        ) as integer) as week_number
    from purchase_days
    inner join purchase_history on purchase_days.customer_id = purchase_history.customer_id
    inner join holdout on purchase_history.first_purchase_on <= holdout.calibration_end
    where purchase_days.gap_days is not null

),

actual_by_week as (

    select
        week_number,
        count(*) as purchases
    from repeat_days
    group by week_number

),

ages as (

    select distinct age_days from tracking_curves

),

week_numbers as (

    -- Every week from the first purchase to the as-of date, also one in which nobody bought: the
    -- curves have every age that a customer has had by then.
    select distinct
        cast(floor(
            (holdout.holdout_days - 1 - ages.age_days) / 7.0
        ) as integer) as week_number
    from holdout
    cross join ages

),

weeks as (

    select
        week_numbers.week_number,
        cast(
            {{ dbt.dateadd(
                'day', '7 * week_numbers.week_number', 'holdout.holdout_start'
            ) }} as date
        ) as week_start,
        least(
            cast(
                {{ dbt.dateadd(
                    'day', '7 * week_numbers.week_number + 6', 'holdout.holdout_start'
                ) }} as date
            ),
            holdout.holdout_end
        ) as week_end
    from week_numbers
    cross join holdout

),

expected_by_then as (

    select
        tracking_curves.model,
        weeks.week_number,
        sum(first_days.customers * tracking_curves.expected_purchases) as expected
    from weeks
    inner join first_days on weeks.week_end >= first_days.first_purchase_on
    inner join tracking_curves
        on
            {{ customer_lifecycle.days_between('first_days.first_purchase_on', 'weeks.week_end') }}
            = tracking_curves.age_days
    group by tracking_curves.model, weeks.week_number

),

with_actual as (

    select
        expected_by_then.model,
        weeks.week_start,
        coalesce(actual_by_week.purchases, 0) as actual,
        expected_by_then.expected as cumulative_expected
    from expected_by_then
    inner join weeks on expected_by_then.week_number = weeks.week_number
    left join actual_by_week on weeks.week_number = actual_by_week.week_number

),

purchase_model_tracking as (

    select
        cast(model as {{ dbt.type_string() }}) as model,
        week_start,
        cast(actual as bigint) as actual,
        cast(sum(actual) over (
            partition by model
            order by week_start rows between unbounded preceding and current row
        ) as bigint) as cumulative_actual,
        cumulative_expected
        - coalesce(lag(cumulative_expected) over (partition by model order by week_start), 0)
            as expected,
        cumulative_expected
    from with_actual

)

select * from purchase_model_tracking
