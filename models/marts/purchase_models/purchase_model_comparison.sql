-- Which model would have forecast the last part of the history best, from what was known before
-- it, and why one is not used.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with model_errors as (

    select * from {{ ref('int_lifecycle__model_errors') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

holdout as (

    select * from {{ ref('int_lifecycle__holdout') }}

),

model_choice as (

    select * from {{ ref('int_lifecycle__model_choice') }}

),

fits as (

    select
        model,
        max(not_fitted_reason) as not_fitted_reason,
        max(case when is_at_boundary then 1 else 0 end) = 1 as is_at_boundary,
        min(bic) as bic
    from fitted_parameters
    where segment = 'all' and model in ('nbd', 'bg_nbd', 'mbg_nbd', 'pareto_nbd')
    group by model

),

compared as (

    select
        coalesce(model_errors.model, fits.model) as model,
        fits.not_fitted_reason,
        fits.is_at_boundary,
        fits.bic,
        model_errors.customers,
        model_errors.actual,
        model_errors.predicted,
        model_errors.log_score,
        model_errors.score_gap,
        model_errors.score_gap_standard_error,
        model_errors.mae,
        model_errors.rmse
    from fits
    full outer join model_errors on fits.model = model_errors.model

),

purchase_model_comparison as (

    select
        cast(compared.model as {{ dbt.type_string() }}) as model,
        compared.not_fitted_reason,
        cast(compared.customers as bigint) as customers,
        cast(row_number() over (
            order by
                compared.log_score desc nulls last,
                compared.rmse asc nulls last,
                compared.model asc
        ) as integer) as model_rank,
        cast(compared.actual as {{ customer_lifecycle.double_type() }}) as actual,
        compared.predicted,
        compared.predicted - compared.actual as bias,
        compared.log_score,
        compared.score_gap,
        compared.score_gap_standard_error,
        compared.mae,
        compared.rmse,
        compared.bic,
        compared.is_at_boundary,
        coalesce(compared.model = model_choice.purchase_model, false) as is_chosen,
        holdout.holdout_start,
        holdout.holdout_end
    from compared
    cross join model_choice
    left join holdout
        on
            {{ customer_lifecycle.both_known('compared.customers', 'holdout.holdout_end') }}
            compared.customers is not null

)

select * from purchase_model_comparison
