-- Whether the models are right about customers who bought rarely and about those who bought often.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with predictions as (

    select * from {{ ref('int_lifecycle__holdout_predictions') }}

),

purchase_model_calibration as (

    select
        cast(model as {{ dbt.type_string() }}) as model,
        cast(repeat_purchases as integer) as repeat_purchases,
        cast(sum(customers) as bigint) as customers,
        sum(customers * holdout_purchases)
        / cast(sum(customers) as {{ customer_lifecycle.double_type() }}) as actual_mean,
        sum(customers * expected_purchases) / sum(customers) as expected_mean
    from predictions
    group by model, repeat_purchases

)

select * from purchase_model_calibration
