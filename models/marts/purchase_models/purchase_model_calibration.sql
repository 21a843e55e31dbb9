-- Whether the models are right about customers who bought rarely and about those who bought often.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with holdout_errors as (

    select * from {{ ref('int_lifecycle__holdout_errors') }}

),

purchase_model_calibration as (

    select
        cast(model as {{ dbt.type_string() }}) as model,
        cast(repeat_purchases as integer) as repeat_purchases,
        customers,
        purchases / cast(customers as {{ customer_lifecycle.double_type() }}) as actual_mean,
        expected_purchases / customers as expected_mean
    from holdout_errors

)

select * from purchase_model_calibration
