-- What the spend model sees of each customer, in both readings: the repeat days alone, or the first
-- day too.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with segmented_history as (

    select * from {{ ref('int_lifecycle__segmented_history') }}

),

first_amounts as (

    {{ customer_lifecycle.first_amounts('segmented_history') }}

),

spend_history as (

    {{ customer_lifecycle.spend_days('segmented_history', 'first_amounts') }}

)

select * from spend_history
