{{ config(enabled=customer_lifecycle.has_prevention()) }}
{%- set text = dbt.type_string() %}

with contact_list as (

    select * from {{ ref('int_lifecycle__contact_list') }}
    where list_name = 'prevention'

),

prevention_list as (

    select
        customer_id,
        'Bought ' || case
            when days_since_last_purchase = 0 then 'today'
            else absence_text || ' ago'
        end
        || '; leaving is expected to take '
        || cast(
            cast(round(
                100 * {{ customer_lifecycle.double('expected_loss') }}
                / {{ customer_lifecycle.double('value_if_alive') }}
            ) as integer) as {{ text }}
        )
        || ' % of what the next year could bring' as reason,
        lifecycle_stage,
        value_tier,
        suggested_action,
        channel,
        wave,
        arm,
        priority,
        silence_level,
        expected_loss,
        value_if_alive,
        clv_365d,
        historic_amount,
        probability_alive,
        probability_purchase_90d,
        is_lasting_control,
        is_new_on_list,
        on_list_since,
        last_contacted_on
    from contact_list

)

select * from prevention_list
