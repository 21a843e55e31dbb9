-- Which model would have forecast the last part of the history best, from what was known before it.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with model_errors as (

    select * from {{ ref('int_lifecycle__model_errors') }}

),

holdout as (

    select * from {{ ref('int_lifecycle__holdout') }}

),

model_choice as (

    select * from {{ ref('int_lifecycle__model_choice') }}

),

purchase_model_comparison as (

    select
        cast(model_errors.model as {{ dbt.type_string() }}) as model,
        cast(model_errors.customers as bigint) as customers,
        cast(row_number() over (
            order by model_errors.rmse, model_errors.mae, model_errors.model
        ) as integer) as model_rank,
        cast(model_errors.actual as {{ var('lifecycle_double_type') }}) as actual,
        model_errors.predicted,
        model_errors.predicted - model_errors.actual as bias,
        model_errors.mae,
        model_errors.rmse,
        coalesce(model_errors.model = model_choice.purchase_model, false) as is_chosen,
        holdout.holdout_start,
        holdout.holdout_end
    from model_errors
    cross join holdout
    cross join model_choice

)

select * from purchase_model_comparison
