-- The lifecycle stage of every known customer at the as-of date.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('lifecycle')) }}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

stages as (

    {{ customer_lifecycle.lifecycle_stages(
        'customers', 'purchase_history', 'customer_silence', 'thresholds'
    ) }}

)

select * from stages
