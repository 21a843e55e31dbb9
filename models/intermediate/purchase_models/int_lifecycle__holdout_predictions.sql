-- What each model, and each naive forecast, expects of the customers of a state in the holdout, and
-- what happened; empty when no models are fitted.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = customer_lifecycle.double_type() %}

with holdout_states as (

    select * from {{ ref('int_lifecycle__holdout_states') }}

),

forecasts as (

    {{ customer_lifecycle.python_rows('int_lifecycle__holdout_forecasts', {
        'model': dbt.type_string(), 'repeat_purchases': 'bigint', 'recency_days': 'bigint',
        'age_days': 'bigint', 'holdout_purchases': 'bigint', 'probability_alive': double,
        'expected_purchases': double, 'probability_purchase': double, 'log_score': double,
    }) }}

),

predictions as (

    select
        forecasts.model,
        holdout_states.repeat_purchases,
        holdout_states.recency_days,
        holdout_states.age_days,
        holdout_states.gap_class,
        holdout_states.holdout_purchases,
        holdout_states.customers,
        forecasts.probability_alive,
        forecasts.expected_purchases,
        forecasts.probability_purchase,
        forecasts.log_score
    from holdout_states
    inner join forecasts
        on
            holdout_states.repeat_purchases = forecasts.repeat_purchases
            and holdout_states.recency_days = forecasts.recency_days
            and holdout_states.age_days = forecasts.age_days
            and holdout_states.holdout_purchases = forecasts.holdout_purchases

)

select * from predictions
