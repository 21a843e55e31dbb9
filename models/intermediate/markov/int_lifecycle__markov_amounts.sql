-- What the model of the mean amount per period is fitted to: how many active periods after the
-- first share a mean amount above 0, to the cent.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

markov_amounts as (

    select
        cast(round(average_amount, 2) as decimal(22, 2)) as average_amount,
        count(*) as customer_periods
    from active_periods
    where previous_frequency is not null and average_amount >= 0.005
    group by cast(round(average_amount, 2) as decimal(22, 2))

)

select * from markov_amounts
