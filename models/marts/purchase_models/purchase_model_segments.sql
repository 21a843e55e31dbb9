-- Whether models of their own serve the segments of lifecycle_model_segment better than one of all
-- customers does.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with model_splits as (

    select * from {{ ref('int_lifecycle__model_splits') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

spend_choice as (

    select max(spend_model) as spend_model from {{ ref('int_lifecycle__spend_choice') }}

),

model_choice as (

    select * from {{ ref('int_lifecycle__model_choice') }}

),

fits as (

    select
        model,
        segment,
        max(not_fitted_reason) as not_fitted_reason
    from fitted_parameters
    group by model, segment

),

purchase_model_segments as (

    select
        cast(model_splits.model as {{ dbt.type_string() }}) as model,
        cast(model_splits.segment as {{ dbt.type_string() }}) as segment,
        fits.not_fitted_reason,
        cast(model_splits.customers as bigint) as customers,
        cast(model_splits.degrees_of_freedom as integer) as degrees_of_freedom,
        model_splits.log_likelihood,
        model_splits.log_likelihood_pooled,
        model_splits.log_likelihood - model_splits.log_likelihood_pooled as gain,
        model_splits.statistic,
        model_splits.p_value,
        model_splits.bic_gain,
        -- A model that is not used may be wrong, and then worth splitting for the wrong reason.
        coalesce(
            model_splits.model in (model_choice.purchase_model, spend_choice.spend_model), false
        )
            as is_chosen,
        model_splits.is_fitted_separately,
        model_splits.bic_gain > 0 as is_worth_it
    from model_splits
    cross join model_choice
    cross join spend_choice
    inner join fits
        on model_splits.model = fits.model and model_splits.segment = fits.segment

)

select * from purchase_model_segments
