-- The reading of the spend model that is used: the one that the var names, else the one that was
-- less off in the holdout, else the first that serves.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

{%- set named_reading = {
    'use': 'gamma_gamma_all_days', 'leave_out': 'gamma_gamma'
}.get(var('lifecycle_first_amount'), 'none') %}

with fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

spend_errors as (

    select * from {{ ref('int_lifecycle__spend_errors') }}

),

fits as (

    select
        model as spend_model,
        min(case when serves_forecasts then 1 else 0 end) as serves_forecasts
    from fitted_parameters
    where model in ('gamma_gamma', 'gamma_gamma_all_days') and segment = 'all'
    group by model

),

candidates as (

    select
        fits.spend_model,
        row_number() over (
            order by
                fits.serves_forecasts desc,
                case
                    when fits.spend_model = '{{ named_reading }}' then 0
                    else 1
                end asc,
                spend_errors.mae asc nulls last,
                fits.spend_model asc
        ) as preference
    from fits
    left join spend_errors on fits.spend_model = spend_errors.spend_model

),

spend_choice as (

    select spend_model from candidates
    where preference = 1

)

select * from spend_choice
