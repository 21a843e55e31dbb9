-- What each customer is expected to buy in the next period, from the state at the last complete
-- one.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set double = customer_lifecycle.double_type() %}

with customers as (

    select * from {{ ref('int_lifecycle__markov_customers') }}

),

literal_purchases as (

    select * from {{ ref('int_lifecycle__literal_purchases') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}
    where segment = 'all' and serves_forecasts

),

amount_buckets as (

    select * from {{ ref('int_lifecycle__amount_buckets') }}

),

purchases as (

    select * from {{ ref('int_lifecycle__transition_counts') }}
    where probability is not null and to_recency = 0

),

parameters as (

    select
        max(case when model = 'nbd_period' and parameter = 'a' then estimate end) as a,
        max(case when model = 'nbd_period' and parameter = 'b' then estimate end) as b,
        max(case when model = 'gamma_gamma' and parameter = 'p' then estimate end) as p,
        max(case when model = 'gamma_gamma' and parameter = 'q' then estimate end) as q,
        max(case when model = 'gamma_gamma' and parameter = 'k' then estimate end) as k
    from fitted_parameters

),

expected as (

    -- (a + f) / (b + 1 + r) and p (k + f m) / (p f + q - 1), the means given the state.
    select
        customers.*,
        (parameters.a + customers.frequency) / (parameters.b + 1 + customers.recency_periods)
            as next_frequency_expected,
        case
            when parameters.p * customers.frequency + parameters.q > 1
                then
                    parameters.p
                    * (
                        parameters.k
                        + customers.frequency * cast(customers.average_amount as {{ double }})
                    )
                    / (parameters.p * customers.frequency + parameters.q - 1)
        end as next_average_amount_expected
    from customers
    cross join parameters

),

with_bucket as (

    select
        expected.*,
        amount_buckets.amount_bucket as expected_bucket
    from expected
    left join amount_buckets
        on
            {{ customer_lifecycle.is_in_bucket(
                'expected.next_average_amount_expected', 'amount_buckets'
            ) }}

),

frequency_chances as (

    select
        from_recency,
        from_frequency,
        from_bucket,
        to_frequency,
        row_number() over (
            partition by from_recency, from_frequency, from_bucket
            order by sum(probability) desc, to_frequency asc
        ) as preference
    from purchases
    group by from_recency, from_frequency, from_bucket, to_frequency

),

most_probable as (

    -- P(f) P(bucket | f) at the most probable f of 1 and more: the probability of that transition.
    select purchases.*
    from purchases
    inner join frequency_chances
        on
            purchases.from_recency = frequency_chances.from_recency
            and purchases.from_frequency = frequency_chances.from_frequency
            and purchases.from_bucket = frequency_chances.from_bucket
            and purchases.to_frequency = frequency_chances.to_frequency
    where frequency_chances.preference = 1

),

next_purchases as (

    select
        with_bucket.customer_id,
        with_bucket.recency_periods,
        with_bucket.frequency,
        with_bucket.average_amount,
        with_bucket.next_frequency_expected,
        with_bucket.next_average_amount_expected,
        literal_purchases.next_frequency_literal,
        literal_purchases.next_average_amount_literal,
        most_probable.to_frequency
        * with_bucket.next_average_amount_expected
        * most_probable.probability as next_purchase_amount_index,
        with_bucket.last_active_period_started_on,
        with_bucket.next_period_started_on
    from with_bucket
    inner join literal_purchases on with_bucket.customer_id = literal_purchases.customer_id
    left join most_probable
        on
            least(with_bucket.recency_periods, {{ var('lifecycle_recency_cap') }})
            = most_probable.from_recency
            and least(with_bucket.frequency, {{ var('lifecycle_frequency_cap') }})
            = most_probable.from_frequency
            and with_bucket.amount_bucket = most_probable.from_bucket
            and with_bucket.expected_bucket = most_probable.to_bucket

)

select * from next_purchases
