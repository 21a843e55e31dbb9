-- The lowest and the highest mean amount of any active period, between which the amount curve is
-- worked out.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('markov')) }}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

amount_bounds as (

    select
        cast(min(average_amount) as {{ customer_lifecycle.double_type() }}) as lowest_amount,
        cast(max(average_amount) as {{ customer_lifecycle.double_type() }}) as highest_amount
    from active_periods
    where average_amount > 0

)

select * from amount_bounds
