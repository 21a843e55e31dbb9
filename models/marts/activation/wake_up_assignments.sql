-- Who was on which list in which wave, as it stood when they came onto it. What was drawn and
-- forecast that day cannot be told again later: a full refresh keeps it, and the operation
-- forget_waves empties it.
{{
    config(
        enabled=customer_lifecycle.logs_waves(),
        materialized='incremental',
        incremental_strategy='append',
        partition_by=customer_lifecycle.partitioned_by('wave'),
        full_refresh=false,
        on_schema_change='append_new_columns',
    )
}}

with contact_list as (

    select * from {{ ref('int_lifecycle__contact_list') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

{% if is_incremental() -%}
recorded as (

    select
        customer_id,
        wave
    from {{ this }}

),

{% endif -%}
wake_up_assignments as (

    select
        contact_list.customer_id,
        contact_list.wave,
        contact_list.list_name,
        contact_list.arm,
        contact_list.value_tier,
        contact_list.lifecycle_stage,
        contact_list.suggested_action,
        contact_list.channel,
        contact_list.priority,
        contact_list.silence_level,
        contact_list.value_at_risk,
        contact_list.expected_loss,
        contact_list.expected_amount_90d,
        contact_list.contact_cost,
        {{ customer_lifecycle.planned_share("contact_list.arm = 'control'") }} as planned_share,
        cast(
            {{ customer_lifecycle.number_or_zero('lifecycle_lasting_control_share') }}
            as {{ customer_lifecycle.double_type() }}
        ) as lasting_control_share,
        contact_list.probability_purchase_90d,
        contact_list.is_lasting_control,
        as_of.as_of_date as assigned_on
    from contact_list
    cross join as_of
    {% if is_incremental() -%}
    left join recorded
        on contact_list.customer_id = recorded.customer_id and contact_list.wave = recorded.wave
    where recorded.customer_id is null
    {%- endif %}

)

select * from wake_up_assignments
