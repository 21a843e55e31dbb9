-- What a forecast depends on, one row per distinct state of a segment: (x, t_x, T), class
-- of the open gap, number of spend days in the chosen reading, and the correction for such
-- customers.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with spend_history as (

    select * from {{ ref('int_lifecycle__spend_history') }}

),

spend_choice as (

    select * from {{ ref('int_lifecycle__spend_choice') }}

),

factors as (

    {{ customer_lifecycle.python_rows('int_lifecycle__forecast_factors', {
        'repeat_purchases_from': 'bigint', 'gap_class': 'bigint',
        'odds_factor': customer_lifecycle.double_type(),
        'rest_factor': customer_lifecycle.double_type(),
        'rate_factor': customer_lifecycle.double_type(),
    }, customer_lifecycle.has_corrections()) }}

),

states as (

    select distinct
        segment,
        spend_model,
        purchase_days - 1 as repeat_purchases,
        days_first_to_last as recency_days,
        days_since_first_purchase as age_days,
        gap_class,
        spend_days
    from spend_history
    -- Without fits no reading is chosen, and one is as good as the other.
    where
        spend_model = (
            select coalesce(max(spend_choice.spend_model), 'gamma_gamma') from spend_choice
        )

),

forecast_states as (

    select
        states.segment,
        states.spend_model,
        cast(states.repeat_purchases as bigint) as repeat_purchases,
        cast(states.recency_days as bigint) as recency_days,
        cast(states.age_days as bigint) as age_days,
        cast(states.gap_class as bigint) as gap_class,
        cast(states.spend_days as bigint) as spend_days,
        factors.odds_factor,
        factors.rest_factor,
        factors.rate_factor
    from states
    left join factors
        on
            {{ customer_lifecycle.repeat_class('states.repeat_purchases') }}
            = factors.repeat_purchases_from
            and states.gap_class = factors.gap_class

)

select * from forecast_states
