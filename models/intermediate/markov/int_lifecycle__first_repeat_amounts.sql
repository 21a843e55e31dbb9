-- One amount of each customer with paid repeat days, that of the first, grouped by their number: in
-- cells of 1 %, and as a share of the customer's mean amount to a thousandth. What the assumptions
-- about amounts are tested on.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('markov')) }}
{%- set double = customer_lifecycle.double_type() %}

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

amounts as (

    select
        purchase_history.paid_repeat_days,
        cast(purchase_history.paid_repeat_amount as {{ double }}) as paid_repeat_amount,
        cast(purchase_days.amount as {{ double }}) as amount
    from first_days
    inner join purchase_days
        on
            first_days.customer_id = purchase_days.customer_id
            and first_days.purchased_on = purchase_days.purchased_on
    inner join purchase_history on first_days.customer_id = purchase_history.customer_id

),

measured as (

    select
        'amount_cell' as measure,
        paid_repeat_days,
        floor(100 * ln(amount)) as value
    from amounts
    union all
    select
        'share_of_mean' as measure,
        paid_repeat_days,
        floor(1000 * (amount * paid_repeat_days / paid_repeat_amount) + 0.5) / 1000 as value
    from amounts

),

first_repeat_amounts as (

    select
        measure,
        cast(paid_repeat_days as bigint) as paid_repeat_days,
        cast(value as {{ double }}) as value,
        count(*) as customers
    from measured
    group by measure, paid_repeat_days, value

)

select * from first_repeat_amounts
