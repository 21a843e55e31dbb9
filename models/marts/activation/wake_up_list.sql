-- There with any choice of rooms. Where no value is known the list goes by what customers have
-- brought, and says so (ranked_by).
{%- set text = dbt.type_string() %}
{%- set has_activation = customer_lifecycle.has_room('activation') %}

with candidates as (

    select * from {{ ref('int_lifecycle__wake_up_candidates') }}

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

worth_the_contact as (

    select * from candidates
    where exclusion_reason is null

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
