-- A view: the states are kept (int_lifecycle__rfm_states), the buckets are those of today.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('markov')) }}

with states as (

    select * from {{ ref('int_lifecycle__rfm_states') }}

),

amount_buckets as (

    select * from {{ ref('int_lifecycle__amount_buckets') }}

),

rfm_states as (

    select
        states.customer_id,
        states.period_end,
        cast(states.recency_periods as integer) as recency_periods,
        cast(states.frequency as integer) as frequency,
        states.average_amount,
        amount_buckets.amount_bucket,
        cast(states.previous_recency_periods as integer) as previous_recency_periods,
        cast(states.previous_frequency as integer) as previous_frequency,
        previous_buckets.amount_bucket as previous_amount_bucket
    from states
    inner join amount_buckets
        on
            {{ customer_lifecycle.is_in_bucket(
                'states.average_amount', 'amount_buckets'
            ) }}
    left join amount_buckets as previous_buckets
        on
            {{ customer_lifecycle.is_in_bucket(
                'states.previous_average_amount', 'previous_buckets'
            ) }}

)

select * from rfm_states
