-- Everybody who may be worth a contact: near silent and silent customers, to wake them, and active
-- ones, to keep them. What is at stake, what to do, and why not, if it is not worth it. There with
-- any choice of rooms, as the wake-up list is.
{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set money = var('lifecycle_money_type') %}
{%- set has_activation = customer_lifecycle.has_room('activation') %}
{%- set fixed_cost = var('lifecycle_contact_cost', none) %}
{%- set knows_costs = fixed_cost is not none or customer_lifecycle.has_input('contact_costs') %}
{%- set minimum = 'cast(' ~ var('lifecycle_wake_up_minimum_value') ~ ' as ' ~ money ~ ')' %}

with customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

customer_purchase_forecast as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('purchase_models'), 'customer_purchase_forecast', {
            'customer_id': text, 'probability_alive': double, 'probability_purchase_90d': double,
            'expected_purchases_90d': double, 'expected_average_amount': money,
        }
    ) }}

),

customer_lifecycle as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('lifecycle'), 'customer_lifecycle',
        {'customer_id': text, 'lifecycle_stage': text}
    ) }}

),

registered as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('customers'), 'stg_lifecycle__customers',
        {'customer_id': text, 'marketing_consent': 'boolean'}
    ) }}

),

playbook as (

    {{ customer_lifecycle.rows_if(has_activation, 'lifecycle_contact_playbook', {
        'rule_number': 'integer', 'list_name': text, 'lowest_level': 'integer',
        'highest_level': 'integer', 'value_tier': text, 'lifecycle_stage': text,
        'needs_consent': 'boolean',
    }) }}

),

known_of_customers as (

    select
        case when customer_silence.silence_status = 'active' then 'prevention' else 'wake_up' end
            as list_name,
        customer_silence.customer_id,
        customer_silence.silence_level,
        customer_silence.silence_status,
        customer_silence.absence_text,
        customer_silence.purchase_days,
        customer_silence.max_gap_days,
        customer_silence.days_since_last_purchase,
        customer_silence.last_purchase_on,
        customer_lifecycle.lifecycle_stage,
        customer_value.value_tier,
        customer_value.historic_amount,
        customer_value.clv_365d,
        customer_value.value_if_alive,
        {% if fixed_cost is not none -%}
        cast({{ fixed_cost }} as {{ money }}) as contact_cost,
        {%- elif knows_costs -%}
        -- Without the room markov, what contacts cost in a period of the year on average.
        cast(coalesce(
            customer_value.next_contact_cost,
            customer_value.contact_cost_365d / {{ customer_lifecycle.periods_per_year() }},
            0
        ) as {{ money }}) as contact_cost,
        {%- else -%}
        cast(null as {{ money }}) as contact_cost,
        {%- endif %}
        customer_purchase_forecast.probability_alive,
        customer_purchase_forecast.probability_purchase_90d,
        cast(
            customer_purchase_forecast.expected_purchases_90d
            * customer_purchase_forecast.expected_average_amount
            * customer_value.expected_paid_share * (1 - customer_value.expected_refund_share)
            as {{ money }}
        ) as expected_amount_90d,
        coalesce(
            registered.marketing_consent,
            {{ (var('lifecycle_unknown_consent') == 'allowed') | lower }}
        ) as is_allowed,
        -- What they would bring if nobody dropped out from now on, by the chance that they do not
        -- come back by themselves in the next 90 days, whether they have left or are only silent.
        cast(
            customer_value.value_if_alive
            * (1 - customer_purchase_forecast.probability_purchase_90d) as {{ money }}
        ) as value_at_risk,
        -- What dropping out takes within a year.
        cast(customer_value.value_if_alive - customer_value.clv_365d as {{ money }})
            as expected_loss
    from customer_silence
    inner join customer_value on customer_silence.customer_id = customer_value.customer_id
    left join customer_purchase_forecast
        on customer_silence.customer_id = customer_purchase_forecast.customer_id
    left join customer_lifecycle
        on customer_silence.customer_id = customer_lifecycle.customer_id
    left join registered on customer_silence.customer_id = registered.customer_id
    where
        customer_silence.silence_status in ('near_silent', 'silent')
        {%- if customer_lifecycle.has_prevention() %}
        or customer_silence.silence_status = 'active'
        {%- endif %}

),

with_stake as (

    -- Where no value is known what the customer has brought stands in for it.
    select
        *,
        case
            when list_name = 'prevention' then expected_loss
            else coalesce(value_at_risk, historic_amount)
        end as amount_at_stake,
        case
            when list_name = 'prevention' then 'expected_loss'
            when value_at_risk is null then 'historic_amount'
            else 'value_at_risk'
        end as ranked_by,
        coalesce(silence_level, -2) as level_or_none,
        coalesce(value_tier, '') as tier_or_none,
        coalesce(lifecycle_stage, '') as stage_or_none
    from known_of_customers

),

classes as (

    -- Few: which rule fits is asked once for all customers of a class.
    select distinct
        list_name,
        level_or_none,
        tier_or_none,
        stage_or_none,
        is_allowed
    from with_stake

),

rules_that_fit as (

    select
        classes.*,
        playbook.rule_number,
        row_number() over (
            partition by
                classes.list_name,
                classes.level_or_none,
                classes.tier_or_none,
                classes.stage_or_none,
                classes.is_allowed
            order by playbook.rule_number
        ) as preference
    from classes
    inner join playbook
        on
            (playbook.list_name = 'any' or classes.list_name = playbook.list_name)
            and classes.level_or_none >= playbook.lowest_level
            and classes.level_or_none <= playbook.highest_level
            and (playbook.value_tier = 'any' or classes.tier_or_none = playbook.value_tier)
            and (
                playbook.lifecycle_stage = 'any'
                or classes.stage_or_none = playbook.lifecycle_stage
            )
            and (classes.is_allowed or not playbook.needs_consent)

),

first_rules as (

    select * from rules_that_fit
    where preference = 1

),

with_rule as (

    select
        with_stake.*,
        first_rules.rule_number,
        case
            when
                with_stake.ranked_by <> 'historic_amount'
                and coalesce(with_stake.value_tier, 'negative') = 'negative'
                then 'negative_value'
            when
                with_stake.amount_at_stake * {{ var('lifecycle_contact_effect') }}
                <= with_stake.contact_cost
                then 'below_contact_cost'
            when coalesce(with_stake.amount_at_stake, 0) <= {{ minimum }} then 'below_minimum'
            {%- if has_activation %}
            when first_rules.rule_number is null and not with_stake.is_allowed then 'no_consent'
            when first_rules.rule_number is null then 'no_rule'
            {%- endif %}
        end as own_reason
    from with_stake
    left join first_rules
        on
            with_stake.list_name = first_rules.list_name
            and with_stake.level_or_none = first_rules.level_or_none
            and with_stake.tier_or_none = first_rules.tier_or_none
            and with_stake.stage_or_none = first_rules.stage_or_none
            and with_stake.is_allowed = first_rules.is_allowed

),

{% if not knows_costs -%}
with_share as (

    -- Of those who could be contacted, from the most at stake downwards: how much is at stake with
    -- those before.
    select
        *,
        sum(case when own_reason is null then amount_at_stake end) over (
            partition by list_name, ranked_by
            order by own_reason asc nulls first, amount_at_stake desc, customer_id asc
            rows between unbounded preceding and 1 preceding
        ) as at_stake_before,
        sum(case when own_reason is null then amount_at_stake end) over (
            partition by list_name, ranked_by
        ) as at_stake_of_all
    from with_rule

),

{% endif -%}
candidates as (

    select
        list_name,
        customer_id,
        silence_level,
        silence_status,
        absence_text,
        purchase_days,
        max_gap_days,
        days_since_last_purchase,
        last_purchase_on,
        lifecycle_stage,
        value_tier,
        historic_amount,
        clv_365d,
        value_if_alive,
        contact_cost,
        probability_alive,
        probability_purchase_90d,
        expected_amount_90d,
        value_at_risk,
        expected_loss,
        amount_at_stake,
        ranked_by,
        rule_number,
        {% if knows_costs -%}
        own_reason as exclusion_reason
        {%- else -%}
        case
            when own_reason is not null then own_reason
            when
                {{ customer_lifecycle.double('at_stake_before') }}
                >= {{ var('lifecycle_wake_up_value_share') }}
                * {{ customer_lifecycle.double('at_stake_of_all') }}
                then 'beyond_value_share'
        end as exclusion_reason
        {%- endif %}
    from {{ 'with_rule' if knows_costs else 'with_share' }}

),

contact_candidates as (

    -- Active customers who are not worth a contact are on no list, and nobody asks why.
    select * from candidates
    where list_name = 'wake_up' or exclusion_reason is null

)

select * from contact_candidates
