-- The purchase history with the date of the next purchase and its 10 and 90 % bounds.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__segmented_history') }}

),

purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

next_purchase as (

    {{ customer_lifecycle.next_purchase('purchase_history', 'purchase_days', 'fitted_parameters') }}

)

select * from next_purchase
