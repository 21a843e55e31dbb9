-- Everybody who is near silent or silent, what is at stake with them, and why they are not worth a
-- contact, if they are not. There with any choice of rooms, as the wake-up list is.
{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set money = var('lifecycle_money_type') %}
{%- set minimum = 'cast(' ~ var('lifecycle_wake_up_minimum_value') ~ ' as ' ~ money ~ ')' %}

with customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

customer_purchase_forecast as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('purchase_models'), 'customer_purchase_forecast',
        {'customer_id': text, 'probability_purchase_90d': double}
    ) }}

),

customer_lifecycle as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('lifecycle'), 'customer_lifecycle',
        {'customer_id': text, 'lifecycle_stage': text}
    ) }}

),

silent_customers as (

    -- What they would bring if nobody dropped out from now on, by the chance that they do not come
    -- back by themselves in the next 90 days, whether they have left or are only silent.
    select
        customer_silence.customer_id,
        customer_silence.silence_level,
        customer_silence.absence_text,
        customer_silence.purchase_days,
        customer_silence.max_gap_days,
        customer_silence.days_since_last_purchase,
        customer_silence.silence_status,
        customer_lifecycle.lifecycle_stage,
        customer_value.value_tier,
        customer_value.historic_amount,
        customer_value.clv_365d,
        customer_value.value_if_alive,
        -- Without the room markov, what contacts cost in a period of the year on average.
        coalesce(
            customer_value.next_contact_cost,
            customer_value.contact_cost_365d / {{ customer_lifecycle.periods_per_year() }},
            0
        ) as contact_cost,
        customer_purchase_forecast.probability_purchase_90d,
        cast(
            customer_value.value_if_alive
            * (1 - customer_purchase_forecast.probability_purchase_90d) as {{ money }}
        ) as value_at_risk
    from customer_silence
    inner join customer_value on customer_silence.customer_id = customer_value.customer_id
    left join customer_purchase_forecast
        on customer_silence.customer_id = customer_purchase_forecast.customer_id
    left join customer_lifecycle
        on customer_silence.customer_id = customer_lifecycle.customer_id
    where customer_silence.silence_status in ('near_silent', 'silent')

),

with_stake as (

    -- Where no value is known what the customer has brought stands in for it.
    select
        *,
        coalesce(value_at_risk, historic_amount) as amount_at_stake
    from silent_customers

),

wake_up_candidates as (

    select
        *,
        case
            when value_at_risk is not null and coalesce(value_tier, 'negative') = 'negative'
                then 'negative_value'
            when amount_at_stake > greatest(contact_cost, {{ minimum }}) then null
            when contact_cost > {{ minimum }} then 'below_contact_cost'
            else 'below_minimum'
        end as exclusion_reason
    from with_stake

)

select * from wake_up_candidates
