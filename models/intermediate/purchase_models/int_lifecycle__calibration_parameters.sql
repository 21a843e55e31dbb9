-- What the purchase models had learnt by the calibration end; empty when no models are fitted.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with calibration_parameters as (

    {{ customer_lifecycle.fitted_parameters('int_lifecycle__calibration_fits') }}

)

select * from calibration_parameters
