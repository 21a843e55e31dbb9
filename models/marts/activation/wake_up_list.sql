-- There with any choice of rooms. Where no value is known the list goes by what customers have
-- brought, and says so (ranked_by).
{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set has_activation = customer_lifecycle.has_room('activation') %}
{%- set money = var('lifecycle_money_type') %}

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

playbook as (

    {% if has_activation -%}
    select * from {{ ref('lifecycle_wake_up_playbook') }}
    {%- else -%}
    select
        1 as rule_number,
        -2 as lowest_level,
        99 as highest_level,
        'any' as value_tier,
        'any' as lifecycle_stage,
        cast(null as {{ text }}) as suggested_action
    {%- endif %}

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

worth_the_contact as (

    select * from silent_customers
    where
        case
            when value_at_risk is null then historic_amount
            when value_tier <> 'negative' then value_at_risk
        end
        > greatest(
            contact_cost, cast({{ var('lifecycle_wake_up_minimum_value') }} as {{ money }})
        )

),

with_rule as (

    select
        worth_the_contact.*,
        playbook.suggested_action,
        row_number() over (
            partition by worth_the_contact.customer_id
            order by playbook.rule_number
        ) as preference
    from worth_the_contact
    left join playbook
        on
            {{ customer_lifecycle.both_known(
                'worth_the_contact.customer_id', 'playbook.rule_number'
            ) }}
            coalesce(worth_the_contact.silence_level, -2) >= playbook.lowest_level
            and coalesce(worth_the_contact.silence_level, -2) <= playbook.highest_level
            and (
                playbook.value_tier = 'any'
                or worth_the_contact.value_tier = playbook.value_tier
            )
            and (
                playbook.lifecycle_stage = 'any'
                or worth_the_contact.lifecycle_stage = playbook.lifecycle_stage
            )

),

wake_up_list as (

    select
        customer_id,
        'Away for ' || absence_text
        || case
            when max_gap_days is null then ' since the only purchase'
            when days_since_last_purchase > max_gap_days
                then
                    ', never longer than ' || cast(max_gap_days as {{ text }})
                    || ' days before'
            else
                ', longest absence so far ' || cast(max_gap_days as {{ text }})
                || ' days'
        end as reason,
        case when value_at_risk is null then 'historic_amount' else 'value_at_risk' end
            as ranked_by,
        lifecycle_stage,
        value_tier,
        cast(suggested_action as {{ text }}) as suggested_action,
        {% if has_activation -%}
        -- The first digits of a hash against the share in the same digits: nobody changes sides.
        case
            when
                {{ dbt.hash("customer_id || '|" ~ var('lifecycle_arm_salt') ~ "'") }}
                < '{{ customer_lifecycle.control_limit() }}'
                then 'control'
            else 'treatment'
        end as arm,
        {%- else -%}
        cast(null as {{ text }}) as arm,
        {%- endif %}
        cast(row_number() over (
            order by
                value_at_risk desc nulls last,
                clv_365d desc nulls last,
                case when value_at_risk is null then historic_amount end desc nulls last,
                customer_id asc
        ) as integer) as priority,
        silence_level,
        value_at_risk,
        historic_amount,
        clv_365d,
        probability_purchase_90d
    from with_rule
    where preference = 1

)

select * from wake_up_list
