-- customer_lifecycle as it was at each period end.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with customer_history as (

    select * from {{ ref('int_lifecycle__customer_history') }}

),

customer_lifecycle_history as (

    select
        customer_id,
        period_end,
        lifecycle_stage,
        history_version,
        net_amount
    from customer_history

)

select * from customer_lifecycle_history
