-- What the spend model is fitted to at the calibration end.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with holdout_spend as (

    select * from {{ ref('int_lifecycle__holdout_spend') }}

),

holdout_spend_states as (

    {{ customer_lifecycle.spend_states('holdout_spend') }}

)

select * from holdout_spend_states
