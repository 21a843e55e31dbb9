-- What the purchase models are fitted to: how many customers of a segment share the same
-- (x, t_x, T).
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__segmented_history') }}

),

purchase_states as (

    select
        as_of_date,
        segment,
        purchase_days - 1 as repeat_purchases,
        days_first_to_last as recency_days,
        days_since_first_purchase as age_days,
        count(*) as customers
    from purchase_history
    group by as_of_date, segment, purchase_days, days_first_to_last, days_since_first_purchase

)

select * from purchase_states
