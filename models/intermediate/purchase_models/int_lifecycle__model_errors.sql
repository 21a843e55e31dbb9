-- How far each model and each naive forecast were off in the holdout.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with predictions as (

    select * from {{ ref('int_lifecycle__holdout_predictions') }}

),

model_errors as (

    select
        model,
        sum(customers) as customers,
        sum(customers * holdout_purchases) as actual,
        sum(customers * expected_purchases) as predicted,
        sum(customers * abs(expected_purchases - holdout_purchases)) / sum(customers) as mae,
        sqrt(
            sum(
                customers
                * (expected_purchases - holdout_purchases)
                * (expected_purchases - holdout_purchases)
            ) / sum(customers)
        ) as rmse
    from predictions
    group by model

)

select * from model_errors
