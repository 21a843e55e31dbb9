-- What each model, and each naive forecast, expects of the customers of a state in the holdout, and
-- what happened. Without purchase models the naive forecasts are all there is.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with holdout_states as (

    select * from {{ ref('int_lifecycle__holdout_states') }}

),

holdout as (

    select * from {{ ref('int_lifecycle__holdout') }}

),

average_rate as (

    select
        sum(customers * repeat_purchases) / nullif(
            cast(sum(customers * age_days) as {{ var('lifecycle_double_type') }}), 0
        ) as purchases_per_day
    from holdout_states

),

model_forecasts as (

    {{ customer_lifecycle.python_rows('int_lifecycle__holdout_forecasts', {
        'model': dbt.type_string(), 'repeat_purchases': 'bigint', 'recency_days': 'bigint',
        'age_days': 'bigint', 'expected_purchases': var('lifecycle_double_type'),
    }) }}

),

predictions as (

    select
        model_forecasts.model,
        holdout_states.repeat_purchases,
        holdout_states.holdout_purchases,
        holdout_states.customers,
        model_forecasts.expected_purchases
    from holdout_states
    inner join model_forecasts
        on
            holdout_states.repeat_purchases = model_forecasts.repeat_purchases
            and holdout_states.recency_days = model_forecasts.recency_days
            and holdout_states.age_days = model_forecasts.age_days
    union all
    select
        'naive_zero' as model,
        repeat_purchases,
        holdout_purchases,
        customers,
        cast(0 as {{ var('lifecycle_double_type') }}) as expected_purchases
    from holdout_states
    union all
    -- Everybody goes on at their own rate so far; who was new at the calibration end has none.
    select
        'naive_same_rate' as model,
        holdout_states.repeat_purchases,
        holdout_states.holdout_purchases,
        holdout_states.customers,
        coalesce(
            cast(
                cast(holdout_states.repeat_purchases as bigint) * holdout.holdout_days
                as {{ var('lifecycle_double_type') }}
            ) / nullif(holdout_states.age_days, 0),
            0
        ) as expected_purchases
    from holdout_states
    cross join holdout
    union all
    -- Everybody goes on at the rate of all.
    select
        'naive_mean' as model,
        holdout_states.repeat_purchases,
        holdout_states.holdout_purchases,
        holdout_states.customers,
        coalesce(average_rate.purchases_per_day * holdout.holdout_days, 0) as expected_purchases
    from holdout_states
    cross join holdout
    cross join average_rate

)

select * from predictions
