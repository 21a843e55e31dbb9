-- Recency, frequency and monetary value of every customer who has bought.
{{ config(materialized='view') }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

rfm_values as (

    {{ customer_lifecycle.rfm_values('purchase_history', 'customers') }}

)

select * from rfm_values
