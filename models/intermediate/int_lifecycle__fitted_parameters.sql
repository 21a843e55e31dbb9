-- What the purchase models learnt, one row per parameter; empty when no models are fitted.
with fitted_parameters as (

    {{ customer_lifecycle.fitted_parameters('int_lifecycle__model_fits') }}

)

select * from fitted_parameters
