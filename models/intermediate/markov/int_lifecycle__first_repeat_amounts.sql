-- One amount of each customer with paid repeat days, that of the first, beside their number and
-- their amount in all: what the assumptions about amounts are tested on.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('markov')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}
    where gap_days is not null and amount > 0

),

first_days as (

    select
        customer_id,
        min(purchased_on) as purchased_on
    from purchase_days
    group by customer_id

),

first_repeat_amounts as (

    select
        purchase_history.customer_id,
        purchase_history.paid_repeat_days,
        purchase_history.paid_repeat_amount,
        purchase_days.amount
    from first_days
    inner join purchase_days
        on
            first_days.customer_id = purchase_days.customer_id
            and first_days.purchased_on = purchase_days.purchased_on
    inner join purchase_history on first_days.customer_id = purchase_history.customer_id

)

select * from first_repeat_amounts
