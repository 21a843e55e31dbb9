-- The purchase model that forecasts are made from: the one that the var names, else the one with
-- the smallest error in the holdout, as long as its fit to all the data serves; if it does not, the
-- next.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set named_model = var('lifecycle_purchase_model', none) %}

with fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

model_errors as (

    select * from {{ ref('int_lifecycle__model_errors') }}

),

models as (

    -- Where nothing could be held out, in the order that they have proved themselves elsewhere.
    select
        'bg_nbd' as model,
        1 as order_without_holdout
    union all
    select
        'mbg_nbd' as model,
        2 as order_without_holdout
    union all
    select
        'pareto_nbd' as model,
        3 as order_without_holdout
    {% if named_model == 'nbd' -%}
    union all
    select
        'nbd' as model,
        4 as order_without_holdout
    {%- endif %}

),

fits as (

    select
        model,
        max(not_fitted_reason) as not_fitted_reason,
        max(case when is_at_boundary then 1 else 0 end) as is_at_boundary,
        min(case when serves_forecasts then 1 else 0 end) as serves_forecasts
    from fitted_parameters
    where segment = 'all'
    group by model

),

candidates as (

    select
        models.model,
        coalesce(fits.serves_forecasts, 0) as serves_forecasts,
        case
            when fits.model is null then 'purchase_models_off'
            when fits.not_fitted_reason is not null then fits.not_fitted_reason
            when fits.is_at_boundary = 1 then 'model_at_boundary'
            when fits.serves_forecasts = 0 then 'model_not_converged'
        end as withheld_reason,
        row_number() over (
            order by
                case when models.model = '{{ named_model or "none" }}' then 0 else 1 end,
                case when model_errors.rmse is null then 1 else 0 end,
                model_errors.rmse,
                models.order_without_holdout
        ) as preference
    from models
    left join fits on models.model = fits.model
    left join model_errors on models.model = model_errors.model

),

first_that_serves as (

    select min(preference) as preference from candidates
    where serves_forecasts = 1

),

model_choice as (

    select
        case when candidates.serves_forecasts = 1 then candidates.model end as purchase_model,
        candidates.withheld_reason
    from candidates
    cross join first_that_serves
    where candidates.preference = coalesce(first_that_serves.preference, 1)

)

select * from model_choice
