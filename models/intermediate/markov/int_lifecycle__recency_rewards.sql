-- For each number of periods since the last purchase: what a period in that state has brought, and
-- how often the customer bought in the one after. Counted in the periods of history; what was never
-- seen is the model's.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set double = customer_lifecycle.double_type() %}
{%- set recency_cap = var('lifecycle_recency_cap') %}

with rfm_states as (

    select * from {{ ref('int_lifecycle__rfm_states') }}

),

customer_value_ledger as (

    select * from {{ ref('customer_lifecycle', 'customer_value_ledger') }}

),

transition_counts as (

    select * from {{ ref('int_lifecycle__transition_counts') }}

),

rewards as (

    select
        least(rfm_states.recency_periods, {{ recency_cap }}) as recency_periods,
        count(*) as customer_periods,
        cast(
            sum(coalesce(customer_value_ledger.value, 0))
            as {{ customer_lifecycle.decimal_type(38, 4) }}
        ) as value
    from rfm_states
    left join customer_value_ledger
        on
            rfm_states.customer_id = customer_value_ledger.customer_id
            and rfm_states.period_end = customer_value_ledger.period_end
    group by least(rfm_states.recency_periods, {{ recency_cap }})

),

states as (

    select
        from_recency,
        from_state,
        max(from_count) as customers,
        sum(case when to_recency = 0 then observed_count else 0 end) as buyers,
        sum(case when to_recency = 0 then probability end) as probability_buys
    from transition_counts
    group by from_recency, from_state

),

chances as (

    select
        from_recency,
        cast(sum(buyers) as {{ double }}) / nullif(sum(customers), 0) as observed,
        sum(customers * probability_buys) / nullif(sum(customers), 0) as modelled,
        avg(probability_buys) as modelled_of_any
    from states
    group by from_recency

),

recency_rewards as (

    select
        rewards.recency_periods,
        rewards.customer_periods,
        cast(rewards.value as {{ double }}) / rewards.customer_periods as reward,
        coalesce(chances.observed, chances.modelled_of_any, 0) as probability_buys,
        chances.modelled as modelled_probability_buys
    from rewards
    left join chances on rewards.recency_periods = chances.from_recency

)

select * from recency_rewards
