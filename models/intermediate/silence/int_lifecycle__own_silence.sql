-- How long the open gap is among the customer's own gaps: ratio, score, bands and own level.
{{ config(materialized='view') }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

own_silence as (

    {{ customer_lifecycle.own_silence('purchase_history') }}

)

select * from own_silence
