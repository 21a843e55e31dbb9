-- What the purchase models had learnt by each period end, one row per parameter; empty when no
-- models are fitted.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with period_parameters as (

    {{ customer_lifecycle.fitted_parameters('int_lifecycle__period_fits') }}

)

select * from period_parameters
