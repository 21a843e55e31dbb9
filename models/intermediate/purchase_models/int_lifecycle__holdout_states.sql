-- How many customers shared the same (x, t_x, T) and class of the open gap at the calibration
-- end, and the same number of purchase days in the holdout, with the class that they are corrected
-- in.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with holdout_history as (

    select * from {{ ref('int_lifecycle__holdout_history') }}

),

holdout_states as (

    select
        purchase_days - 1 as repeat_purchases,
        days_first_to_last as recency_days,
        days_since_first_purchase as age_days,
        gap_class,
        {{ customer_lifecycle.repeat_class('purchase_days - 1') }} as repeat_purchases_from,
        holdout_purchases,
        count(*) as customers
    from holdout_history
    group by
        purchase_days, days_first_to_last, days_since_first_purchase, gap_class, holdout_purchases

)

select * from holdout_states
