-- How long the rarer of everybody's gaps are, for the class of the open gap of one-time buyers.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

gap_cuts as (

    {{ customer_lifecycle.gap_cuts('purchase_days') }}

)

select * from gap_cuts
