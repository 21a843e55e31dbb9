-- What the purchase models had learnt by each period end.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with period_parameters as (

    select * from {{ ref('int_lifecycle__period_parameters') }}

),

purchase_model_history as (

    select
        model,
        segment,
        parameter,
        fitted_on as period_end,
        not_fitted_reason,
        cast(customers as bigint) as customers,
        estimate,
        standard_error,
        log_likelihood,
        is_converged,
        is_at_boundary
    from period_parameters

)

select * from purchase_model_history
