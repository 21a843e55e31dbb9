-- The reading of the spend model that is used: the one that the var names, else the one that was less
-- off in the holdout, else the first that serves.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

{%- set first_amount = var('lifecycle_first_amount') %}

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
    where
        model in ('{{ customer_lifecycle.spend_models() | join("', '") }}')
        and segment = 'all'
    group by model

),

candidates as (

    select
        fits.spend_model,
        row_number() over (
            order by
                fits.serves_forecasts desc,
                {%- if first_amount == 'use' %}
                case when fits.spend_model = 'gamma_gamma' then 1 else 0 end,
                {%- elif first_amount == 'leave_out' %}
                case when fits.spend_model = 'gamma_gamma' then 0 else 1 end,
                {%- endif %}
                case when spend_errors.mae is null then 1 else 0 end,
                spend_errors.mae,
                fits.spend_model
        ) as preference
    from fits
    left join spend_errors on fits.spend_model = spend_errors.spend_model

),

spend_choice as (

    select spend_model from candidates
    where preference = 1

)

select * from spend_choice
