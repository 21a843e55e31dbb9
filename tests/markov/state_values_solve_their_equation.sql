-- V = R + P V / (1 + d) for the value for ever, which ends with the last recency.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set discount = (1 + customer_lifecycle.number_or_zero('lifecycle_annual_discount_rate'))
    ** (1 / customer_lifecycle.periods_per_year()) %}

with rfm_state_value as (

    select * from {{ ref('customer_lifecycle', 'rfm_state_value') }}
    where value_infinite is not null

),

with_next as (

    select
        recency_periods,
        reward,
        probability_buys,
        value_infinite,
        first_value(value_infinite) over (order by recency_periods rows unbounded preceding)
            as value_of_buyers,
        coalesce(lead(value_infinite) over (order by recency_periods), value_infinite)
            as value_of_others
    from rfm_state_value

)

select * from with_next
where
    abs(
        reward
        + (probability_buys * value_of_buyers + (1 - probability_buys) * value_of_others)
        / {{ discount }}
        - value_infinite
    ) > 1e-9 * (1 + abs(value_of_buyers))
