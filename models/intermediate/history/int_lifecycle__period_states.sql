-- What the purchase models are fitted to as of each period end: how many customers shared the same
-- (x, t_x, T).
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with period_history as (

    select * from {{ ref('int_lifecycle__period_history') }}

),

period_states as (

    select
        as_of_date,
        history_version,
        purchase_days - 1 as repeat_purchases,
        days_first_to_last as recency_days,
        days_since_first_purchase as age_days,
        count(*) as customers
    from period_history
    group by
        as_of_date, history_version, purchase_days, days_first_to_last, days_since_first_purchase

)

select * from period_states
