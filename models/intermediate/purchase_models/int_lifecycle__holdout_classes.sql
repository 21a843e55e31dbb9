-- What the chosen model expected in the holdout and what came, by class of repeat purchases and
-- level of the open gap: all that the corrections are estimated from.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with predictions as (

    select * from {{ ref('int_lifecycle__holdout_predictions') }}

),

model_choice as (

    select * from {{ ref('int_lifecycle__model_choice') }}

),

holdout_classes as (

    select
        {{ customer_lifecycle.repeat_class('predictions.repeat_purchases') }}
            as repeat_purchases_from,
        predictions.gap_class,
        sum(predictions.customers) as customers,
        sum(case when predictions.holdout_purchases > 0 then predictions.customers else 0 end)
            as returned,
        sum(predictions.customers * predictions.probability_purchase) as expected_returned,
        sum(
            predictions.customers
            * predictions.probability_purchase * (1 - predictions.probability_purchase)
        ) as returned_variance,
        sum(predictions.customers * predictions.holdout_purchases) as purchases,
        sum(predictions.customers * predictions.expected_purchases) as expected_purchases,
        sum(
            predictions.customers
            * predictions.holdout_purchases * predictions.holdout_purchases
        ) as squared_purchases,
        sum(
            predictions.customers * predictions.holdout_purchases * predictions.expected_purchases
        ) as cross_purchases,
        sum(
            predictions.customers
            * predictions.expected_purchases * predictions.expected_purchases
        ) as squared_expected
    from predictions
    inner join model_choice on predictions.model = model_choice.purchase_model
    group by
        {{ customer_lifecycle.repeat_class('predictions.repeat_purchases') }},
        predictions.gap_class

)

select * from holdout_classes
