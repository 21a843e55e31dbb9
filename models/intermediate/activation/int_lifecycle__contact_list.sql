-- Who is worth a contact, on which list, since when, in which arm of which wave. There with any
-- choice of rooms, as the wake-up list is.
{%- set text = dbt.type_string() %}
{%- set has_activation = customer_lifecycle.has_room('activation') %}
{%- set logs_waves = customer_lifecycle.logs_waves() %}
{%- set salt = var('lifecycle_arm_salt') %}

with candidates as (

    select * from {{ ref('int_lifecycle__contact_candidates') }}

),

playbook as (

    {{ customer_lifecycle.rows_if(has_activation, 'lifecycle_contact_playbook', {
        'rule_number': 'integer', 'suggested_action': text, 'channel': text, 'subject': text,
        'message': text,
    }) }}

),

earlier_assignments as (

    {{ customer_lifecycle.rows_if(has_activation, 'int_lifecycle__earlier_assignments', {
        'list_name': text, 'customer_id': text, 'wave': text, 'assigned_on': 'date',
    }) }}

),

contact_costs as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('contact_costs'), 'stg_lifecycle__contact_costs',
        {'customer_id': text, 'contacted_on': 'date'}
    ) }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

listed as (

    select
        candidates.*,
        {% if logs_waves -%}
        {{ customer_lifecycle.wave_name('candidates.list_name', 'as_of.as_of_date') }} as wave,
        {%- else -%}
        cast(null as {{ text }}) as wave,
        {%- endif %}
        as_of.as_of_date
    from candidates
    cross join as_of
    where candidates.exclusion_reason is null

),

assignments as (

    -- On the list since: since the last purchase. Whoever has bought meanwhile is new on it.
    select
        listed.list_name,
        listed.customer_id,
        min(earlier.assigned_on) as on_list_since,
        max(case when earlier.wave <> listed.wave then 1 else 0 end) as was_in_other_wave
    from listed
    inner join earlier_assignments as earlier
        on listed.list_name = earlier.list_name and listed.customer_id = earlier.customer_id
    where
        earlier.assigned_on >= listed.last_purchase_on
        and earlier.assigned_on <= listed.as_of_date
    group by listed.list_name, listed.customer_id

),

last_contacts as (

    select
        contact_costs.customer_id,
        max(contact_costs.contacted_on) as last_contacted_on
    from contact_costs
    cross join as_of
    where contact_costs.contacted_on <= as_of.as_of_date
    group by contact_costs.customer_id

),

drawn as (

    -- Who is left alone for long is drawn again when that time is over, and who is in the control
    -- arm of a wave with each wave. A customer is in the same arm however often a build runs.
    select
        listed.*,
        {% if logs_waves -%}
        {{ customer_lifecycle.is_drawn(
            "listed.customer_id || '|" ~ salt ~ "|lasting ' || cast("
            ~ customer_lifecycle.lasting_control_start('listed.as_of_date') ~ ' as ' ~ text ~ ')',
            'lifecycle_lasting_control_share'
        ) }} as is_lasting_control,
        {{ customer_lifecycle.is_drawn(
            "listed.customer_id || '|" ~ salt ~ "|' || listed.wave", 'lifecycle_control_share'
        ) }} as is_wave_control
        {%- elif has_activation -%}
        false as is_lasting_control,
        {{ customer_lifecycle.is_drawn(
            "listed.customer_id || '|" ~ salt ~ "'", 'lifecycle_control_share'
        ) }} as is_wave_control
        {%- else -%}
        cast(null as boolean) as is_lasting_control,
        cast(null as boolean) as is_wave_control
        {%- endif %}
    from listed

),

contact_list as (

    select
        drawn.list_name,
        drawn.customer_id,
        drawn.wave,
        drawn.silence_level,
        drawn.silence_status,
        drawn.absence_text,
        drawn.purchase_days,
        drawn.max_gap_days,
        drawn.days_since_last_purchase,
        drawn.last_purchase_on,
        drawn.lifecycle_stage,
        drawn.value_tier,
        drawn.historic_amount,
        drawn.clv_365d,
        drawn.value_if_alive,
        drawn.contact_cost,
        drawn.probability_alive,
        drawn.probability_purchase_90d,
        drawn.expected_amount_90d,
        drawn.value_at_risk,
        drawn.expected_loss,
        drawn.amount_at_stake,
        drawn.ranked_by,
        cast(row_number() over (
            partition by drawn.list_name
            order by
                case when drawn.ranked_by = 'historic_amount' then 1 else 0 end,
                drawn.amount_at_stake desc,
                drawn.clv_365d desc nulls last,
                drawn.customer_id asc
        ) as integer) as priority,
        case
            when drawn.is_lasting_control or drawn.is_wave_control then 'control'
            when drawn.is_wave_control is not null then 'treatment'
        end as arm,
        drawn.is_lasting_control,
        -- Who is left alone gets nothing to do.
        {% for column in ['suggested_action', 'channel'] -%}
        case
            when not drawn.is_lasting_control and not drawn.is_wave_control
                then cast(playbook.{{ column }} as {{ text }})
        end as {{ column }},
        {% endfor -%}
        playbook.subject,
        playbook.message,
        {% if logs_waves -%}
        coalesce(assignments.was_in_other_wave, 0) = 0 as is_new_on_list,
        coalesce(assignments.on_list_since, drawn.as_of_date) as on_list_since,
        coalesce(in_wave.assigned_on, drawn.as_of_date) as in_wave_since,
        {%- else -%}
        cast(null as boolean) as is_new_on_list,
        cast(null as date) as on_list_since,
        drawn.as_of_date as in_wave_since,
        {%- endif %}
        last_contacts.last_contacted_on
    from drawn
    left join playbook on drawn.rule_number = playbook.rule_number
    left join assignments
        on drawn.list_name = assignments.list_name and drawn.customer_id = assignments.customer_id
    left join earlier_assignments as in_wave
        on drawn.wave = in_wave.wave and drawn.customer_id = in_wave.customer_id
    left join last_contacts on drawn.customer_id = last_contacts.customer_id

)

select * from contact_list
