-- Our own waves as campaigns: each from the day after it was listed, and, for as long as the
-- lasting control group stays as it is, all waves of that time together against that group.
{{ config(enabled=customer_lifecycle.logs_waves()) }}
{%- set text = dbt.type_string() %}

with assignments as (

    select * from {{ ref('int_lifecycle__earlier_assignments') }}
    where assigned_on < (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

with_lasting_start as (

    select
        *,
        {{ customer_lifecycle.lasting_control_start('assigned_on') }} as lasting_from
    from assignments

),

first_of_customer as (

    select
        *,
        row_number() over (
            partition by lasting_from, customer_id
            order by assigned_on, wave
        ) as place
    from with_lasting_start

),

wave_members as (

    select
        wave as campaign_id,
        list_name as kind,
        customer_id,
        arm,
        {{ var('lifecycle_campaign_window') }} as window_days,
        planned_share,
        case when arm = 'control' then planned_share else 1 - planned_share end as control_share,
        probability_purchase_90d,
        expected_amount_90d,
        assigned_on
    from assignments
    union all
    select
        'all lists from ' || cast(lasting_from as {{ text }}) as campaign_id,
        'all_lists' as kind,
        customer_id,
        case when is_lasting_control then 'control' else 'treatment' end as arm,
        {{ customer_lifecycle.days_between(
            'lasting_from', customer_lifecycle.next_lasting_control_start('lasting_from')
        ) }} as window_days,
        case
            when is_lasting_control then lasting_control_share
            else 1 - lasting_control_share
        end as planned_share,
        lasting_control_share as control_share,
        probability_purchase_90d,
        expected_amount_90d,
        assigned_on
    from first_of_customer
    where place = 1 and lasting_control_share > 0

)

select * from wave_members
