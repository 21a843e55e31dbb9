{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

purchase_model_fits as (

    select
        model,
        segment,
        parameter,
        not_fitted_reason,
        cast(customers as bigint) as customers,
        cast(state_groups as bigint) as state_groups,
        cast(iterations as integer) as iterations,
        estimate,
        standard_error,
        log_likelihood,
        aic,
        bic,
        gradient_norm,
        is_converged,
        is_at_boundary,
        fitted_on
    from fitted_parameters

)

select * from purchase_model_fits
