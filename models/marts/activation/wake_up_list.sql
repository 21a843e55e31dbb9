-- There with any choice of rooms. Where no value is known the list goes by what customers have
-- brought, and says so (ranked_by).
{%- set text = dbt.type_string() %}

with contact_list as (

    select * from {{ ref('int_lifecycle__contact_list') }}
    where list_name = 'wake_up'

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
        ranked_by,
        lifecycle_stage,
        value_tier,
        suggested_action,
        channel,
        wave,
        arm,
        priority,
        silence_level,
        value_at_risk,
        historic_amount,
        clv_365d,
        probability_purchase_90d,
        is_lasting_control,
        is_new_on_list,
        on_list_since,
        last_contacted_on
    from contact_list

)

select * from wake_up_list
