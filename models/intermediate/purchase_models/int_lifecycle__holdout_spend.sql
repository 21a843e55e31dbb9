-- What the spend model saw of each customer at the calibration end, in both readings, and the
-- amounts that came in the holdout.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with holdout_history as (

    select * from {{ ref('int_lifecycle__holdout_history') }}

),

first_amounts as (

    {{ customer_lifecycle.first_amounts('holdout_history') }}

),

holdout_spend as (

    {{ customer_lifecycle.spend_days('holdout_history', 'first_amounts') }}

)

select * from holdout_spend
