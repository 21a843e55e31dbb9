{{ config(enabled=customer_lifecycle.has_room('markov')) }}

with recency_rewards as (

    select * from {{ ref('int_lifecycle__recency_rewards') }}

),

recency_values as (

    {{ customer_lifecycle.python_rows('int_lifecycle__recency_values', {
        'recency_periods': 'bigint', 'value_horizon': customer_lifecycle.double_type(),
        'value_infinite': customer_lifecycle.double_type(), 'should_spend': 'boolean',
    }) }}

),

rfm_state_value as (

    select
        cast(recency_rewards.recency_periods as integer) as recency_periods,
        cast(recency_rewards.customer_periods as bigint) as customer_periods,
        recency_rewards.probability_buys,
        recency_rewards.modelled_probability_buys,
        recency_rewards.reward,
        recency_values.value_horizon,
        recency_values.value_infinite,
        recency_values.should_spend
    from recency_rewards
    left join recency_values
        on recency_rewards.recency_periods = recency_values.recency_periods

)

select * from rfm_state_value
