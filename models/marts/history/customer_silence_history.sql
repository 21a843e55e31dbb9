-- customer_silence as it was at each period end.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with customer_history as (

    select * from {{ ref('int_lifecycle__customer_history') }}
    where purchase_days is not null

),

customer_silence_history as (

    select
        customer_id,
        period_end,
        rank_band,
        silence_basis,
        silence_status,
        history_version,
        purchase_days,
        days_since_last_purchase,
        max_gap_days,
        mean_gap_days,
        rank_max,
        rank_min,
        rank_ratio,
        silence_score,
        silence_probability,
        silence_level
    from customer_history

)

select * from customer_silence_history
