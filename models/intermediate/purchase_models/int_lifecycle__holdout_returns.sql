-- What the chosen model expected of the customers of a state in the holdout and what came, with
-- their class: all that the corrections are estimated from.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with predictions as (

    select * from {{ ref('int_lifecycle__holdout_predictions') }}

),

model_choice as (

    select * from {{ ref('int_lifecycle__model_choice') }}

),

holdout_returns as (

    select
        {{ customer_lifecycle.repeat_class('predictions.repeat_purchases') }}
            as repeat_purchases_from,
        predictions.gap_class,
        predictions.repeat_purchases,
        predictions.recency_days,
        predictions.age_days,
        predictions.holdout_purchases,
        predictions.customers,
        predictions.probability_alive,
        predictions.probability_purchase,
        predictions.expected_purchases
    from predictions
    inner join model_choice on predictions.model = model_choice.purchase_model

)

select * from holdout_returns
