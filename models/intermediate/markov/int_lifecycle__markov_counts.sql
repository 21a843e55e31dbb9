-- What the model of purchase days per period is fitted to: how many customers share the number of
-- complete periods after the one of the first purchase, the purchase days in them and the sum of
-- their squares.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

by_customer as (

    select
        customer_id,
        {{ customer_lifecycle.periods_between(
            'min(period_started_on)', 'max(open_period_started_on)'
        ) }} - 1 as periods,
        sum(case when previous_frequency is null then 0 else frequency end) as purchase_days,
        sum(case when previous_frequency is null then 0 else frequency * frequency end)
            as sum_of_squares
    from active_periods
    group by customer_id

),

markov_counts as (

    select
        cast(periods as integer) as periods,
        cast(purchase_days as bigint) as purchase_days,
        cast(sum_of_squares as bigint) as sum_of_squares,
        count(*) as customers
    from by_customer
    where periods > 0
    group by periods, purchase_days, sum_of_squares

)

select * from markov_counts
