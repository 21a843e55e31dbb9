-- The complete periods in which a customer bought, each with the one before and the one after: the
-- chain that the (recency, frequency, amount) states hang on. Windows over periods, not over
-- purchase days.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set by_period = 'over (partition by customer_id order by period_started_on)' %}
{%- set so_far = 'over (partition by customer_id order by period_started_on
    rows unbounded preceding)' %}
{%- set money = var('lifecycle_money_type') %}

with customer_periods as (

    select * from {{ ref('int_lifecycle__customer_periods') }}

),

as_of as (

    select
        {{ customer_lifecycle.open_period_start('as_of_date') }} as open_period_started_on
    from {{ ref('lifecycle_as_of') }}

),

complete as (

    select
        customer_periods.customer_id,
        customer_periods.period_started_on,
        as_of.open_period_started_on,
        customer_periods.purchase_days as frequency,
        {{ customer_lifecycle.rounded_quotient(
            'customer_periods.amount', 'customer_periods.purchase_days'
        ) }} as average_amount
    from customer_periods
    inner join as_of on customer_periods.period_started_on < as_of.open_period_started_on

),

active_periods as (

    select
        customer_id,
        period_started_on,
        open_period_started_on,
        frequency,
        average_amount,
        lag(period_started_on) {{ by_period }} as previous_period_started_on,
        lag(frequency) {{ by_period }} as previous_frequency,
        cast(lag(average_amount) {{ by_period }} as {{ money }}) as previous_average_amount,
        lead(period_started_on) {{ by_period }} as next_period_started_on,
        max(frequency) {{ so_far }} as max_frequency,
        cast(max(average_amount) {{ so_far }} as {{ money }}) as max_average_amount
    from complete

)

select * from active_periods
