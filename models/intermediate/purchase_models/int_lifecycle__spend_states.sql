-- What the spend model is fitted to: how many customers of a segment share the same number of paid
-- repeat days and the same amount on them.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__segmented_history') }}

),

spend_states as (

    select
        as_of_date,
        segment,
        paid_repeat_days,
        paid_repeat_amount,
        count(*) as customers
    from purchase_history
    where paid_repeat_days > 0
    group by as_of_date, segment, paid_repeat_days, paid_repeat_amount

)

select * from spend_states
