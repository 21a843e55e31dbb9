-- int_lifecycle__purchase_history as it was at each period end: those who had bought by then.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with period_customers as (

    select * from {{ ref('int_lifecycle__period_customers') }}

),

period_history as (

    select * from period_customers
    where purchase_days is not null

)

select * from period_history
