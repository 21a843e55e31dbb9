-- customer_rfm as it was at each period end.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with customer_history as (

    select * from {{ ref('int_lifecycle__customer_history') }}
    where purchase_days is not null

),

customer_rfm_history as (

    select
        customer_id,
        period_end,
        rfm_segment,
        history_version,
        recency_days,
        frequency,
        monetary,
        r_score,
        f_score,
        m_score,
        fm_score
    from customer_history

)

select * from customer_rfm_history
