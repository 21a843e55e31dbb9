-- The state of each customer at the last complete period, and the most they have ever done in one.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}

with active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

amount_buckets as (

    select * from {{ ref('int_lifecycle__amount_buckets') }}

),

last_active_periods as (

    select
        *,
        {{ customer_lifecycle.periods_between(
            'period_started_on', 'open_period_started_on'
        ) }} - 1 as recency_periods
    from active_periods
    where next_period_started_on is null

),

markov_customers as (

    select
        last_active_periods.customer_id,
        last_active_periods.recency_periods,
        last_active_periods.frequency,
        last_active_periods.average_amount,
        amount_buckets.amount_bucket,
        last_active_periods.max_frequency,
        last_active_periods.max_average_amount,
        last_active_periods.period_started_on as last_active_period_started_on,
        last_active_periods.open_period_started_on as next_period_started_on
    from last_active_periods
    inner join amount_buckets
        on
            {{ customer_lifecycle.is_in_bucket(
                'last_active_periods.average_amount', 'amount_buckets'
            ) }}

)

select * from markov_customers
