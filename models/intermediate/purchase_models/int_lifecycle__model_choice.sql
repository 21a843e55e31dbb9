-- The purchase model that forecasts are made from: the one that the var names, else the one with
-- the best log score in the holdout. Where the scores of several cannot be told apart, the
-- likelihood of all the data decides, less a penalty for each parameter (BIC). If its fit to all
-- the data does not serve, the next. A naive forecast that is better than every model withholds
-- them all.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set named_model = var('lifecycle_purchase_model', none) %}
{#- Where customers do not differ there is no standard error, and the search leaves a little. #}
{%- set least_gap = 0.001 %}
{%- set tie_errors = var('lifecycle_model_tie_errors') %}

with fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

model_errors as (

    select * from {{ ref('int_lifecycle__model_errors') }}

),

models as (

    {% for model in ['nbd', 'bg_nbd', 'mbg_nbd', 'pareto_nbd'] -%}
    select
        '{{ model }}' as model,
        {{ loop.index }} as model_number
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

fits as (

    select
        model,
        max(not_fitted_reason) as not_fitted_reason,
        min(case when serves_forecasts then 1 else 0 end) as serves_forecasts,
        min(bic) as bic
    from fitted_parameters
    where segment = 'all'
    group by model

),

naive_that_is_better as (

    select count(*) as forecasts from model_errors
    where
        model like 'naive%'
        and score_gap < -{{ tie_errors }} * score_gap_standard_error - {{ least_gap }}

),

with_fit as (

    select
        models.model,
        models.model_number,
        coalesce(fits.serves_forecasts, 0) as serves_forecasts,
        case
            when fits.model is null then 'purchase_models_off'
            when fits.serves_forecasts = 0 then coalesce(fits.not_fitted_reason, 'not_fitted')
        end as not_serving_reason,
        fits.bic,
        model_errors.log_score,
        -- Without a holdout the likelihood is all there is.
        model_errors.log_score is not null
        and model_errors.score_gap
        > {{ tie_errors }} * model_errors.score_gap_standard_error + {{ least_gap }}
            as is_clearly_worse
    from models
    left join fits on models.model = fits.model
    left join model_errors on models.model = model_errors.model

),

candidates as (

    select
        model,
        serves_forecasts,
        not_serving_reason,
        row_number() over (
            order by
                case when model = '{{ named_model or "none" }}' then 0 else 1 end,
                case when is_clearly_worse then 1 else 0 end,
                case when is_clearly_worse then -log_score else bic end nulls last,
                model_number
        ) as preference
    from with_fit

),

first_that_serves as (

    select min(preference) as preference from candidates
    where serves_forecasts = 1

),

model_choice as (

    select
        case
            when
                candidates.serves_forecasts = 1
                and (
                    naive_that_is_better.forecasts = 0
                    or candidates.model = '{{ named_model or "none" }}'
                )
                then candidates.model
        end as purchase_model,
        case
            when candidates.serves_forecasts = 0 then candidates.not_serving_reason
            when
                naive_that_is_better.forecasts > 0
                and candidates.model <> '{{ named_model or "none" }}'
                then 'naive_is_better'
        end as withheld_reason
    from candidates
    cross join first_that_serves
    cross join naive_that_is_better
    where candidates.preference = coalesce(first_that_serves.preference, 1)

)

select * from model_choice
