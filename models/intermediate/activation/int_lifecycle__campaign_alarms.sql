-- The checks of each campaign with what they found, and whether that is too much. A statistic is
-- null where the check cannot be made.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set double = customer_lifecycle.double %}

with facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

arm_differences as (

    select * from {{ ref('int_lifecycle__arm_differences') }}

),

checks as (

    select * from {{ ref('lifecycle_campaign_checks') }}

),

chi_square_limits as (

    select * from {{ ref('lifecycle_chi_square_limits') }}

),

planned_arms as (

    select
        arm_cells.campaign_id,
        arm_cells.arm,
        {{ customer_lifecycle.compared_stratum() }} as stratum,
        {{ double('sum(arm_cells.members)') }} as members,
        {{ double('max(arm_cells.highest_share)') }} as planned_share
    from arm_cells
    inner join facts on arm_cells.campaign_id = facts.campaign_id
    where
        facts.has_planned_shares
        and (not facts.has_uneven_shares or facts.compares_within_strata)
    group by
        arm_cells.campaign_id,
        arm_cells.arm,
        {{ customer_lifecycle.compared_stratum() }}

),

expected_arms as (

    select
        *,
        sum(members) over (partition by campaign_id, stratum) * planned_share
        / sum(planned_share) over (partition by campaign_id, stratum) as expected_members
    from planned_arms

),

sample_ratios_of_strata as (

    -- Pearson's chi-square of the members of the arms against the planned shares.
    select
        campaign_id,
        stratum,
        count(*) - 1 as degrees_of_freedom,
        sum(power(members - expected_members, 2) / expected_members) as statistic,
        min(expected_members) as smallest_expected,
        sum(members) as members,
        sum(planned_share) as planned
    from expected_arms
    group by campaign_id, stratum

),

sample_ratios as (

    -- The statistic is chi-square where at least five are expected in each arm of a stratum. An arm
    -- of which seven or more are missing is not missing by chance: exp(-7) is less than one in a
    -- thousand.
    select
        campaign_id,
        sum(case when smallest_expected >= 5 then degrees_of_freedom else 0 end)
            as degrees_of_freedom,
        sum(case when smallest_expected >= 5 then statistic else 0 end) as statistic,
        max(
            case
                when planned > 1.01 then 1
                when planned < 0.99 and (1 - planned) * members / planned >= 7 then 1
                else 0
            end
        ) = 1 as lacks_an_arm
    from sample_ratios_of_strata
    group by campaign_id

),

judged_ratios as (

    select
        campaign_id,
        case when degrees_of_freedom > 0 then statistic end as statistic,
        case when degrees_of_freedom > 0 then degrees_of_freedom end as degrees_of_freedom,
        lacks_an_arm
    from sample_ratios

),

standardised as (

    select
        campaign_id,
        arm,
        metric,
        degrees,
        abs(lift) / nullif(lift_error, 0) as statistic
    from arm_differences
    where metric in ('before_orders', 'before_recency', 'before_forecast', 'before_amount')

),

largest_differences as (

    -- Of several arms and measures the one that is farthest apart.
    select
        *,
        case when metric = 'before_amount' then 'before' else 'balance' end as check_name,
        row_number() over (
            partition by campaign_id, case when metric = 'before_amount' then 1 else 0 end
            order by statistic desc nulls last, arm asc, metric asc
        ) as place,
        count(statistic) over (
            partition by campaign_id, case when metric = 'before_amount' then 1 else 0 end
        ) as comparisons
    from standardised

),

windows_before as (

    -- All our lists of a year together overlap with each of them by design.
    select
        members.campaign_id,
        members.customer_id,
        members.assigned_on,
        members.window_ends_on,
        max(members.window_ends_on) over (
            partition by members.customer_id
            order by members.assigned_on, members.campaign_id
            rows between unbounded preceding and 1 preceding
        ) as last_end_before,
        lead(members.assigned_on) over (
            partition by members.customer_id
            order by members.assigned_on, members.campaign_id
        ) as next_assigned_on
    from members
    inner join facts on members.campaign_id = facts.campaign_id
    where facts.kind <> 'all_lists'

),

shared_windows as (

    select
        campaign_id,
        {{ double('count(case
            when last_end_before >= assigned_on or next_assigned_on <= window_ends_on then 1
        end)') }} / count(*) as statistic
    from windows_before
    group by campaign_id

),

differences_asked as (

    select 'balance' as check_name
    union all
    select 'before' as check_name

),

found as (

    select
        facts.campaign_id,
        'sample_ratio' as check_name,
        'chi_square' as test,
        ratios.statistic,
        {{ double('ratios.degrees_of_freedom') }} as degrees_of_freedom,
        1 as comparisons,
        -- Beyond the seed's degrees of freedom the quantile by Wilson & Hilferty (1931).
        ratios.statistic / coalesce(
            chi_square_limits.alarm_above,
            {{ double('ratios.degrees_of_freedom') }} * power(
                1 - 2 / (9 * {{ double('ratios.degrees_of_freedom') }})
                + 3.0902 * sqrt(2 / (9 * {{ double('ratios.degrees_of_freedom') }})), 3
            )
        ) as compared,
        coalesce(ratios.lacks_an_arm, false) as is_alarm_anyway
    from facts
    left join judged_ratios as ratios on facts.campaign_id = ratios.campaign_id
    left join chi_square_limits
        on ratios.degrees_of_freedom = chi_square_limits.degrees_of_freedom
    union all
    select
        facts.campaign_id,
        measures.check_name,
        'student' as test,
        largest.statistic,
        largest.degrees as degrees_of_freedom,
        coalesce(largest.comparisons, 1) as comparisons,
        -- As a normal deviate (Wallace 1959), less what the largest of several is larger by.
        case
            when largest.statistic > 0
                then
                    sqrt(
                        greatest(
                            power((8 * largest.degrees + 1) / (8 * largest.degrees + 3), 2)
                            * largest.degrees
                            * ln(1 + power(largest.statistic, 2) / largest.degrees)
                            - 2 * ln({{ double('largest.comparisons') }}), {{ double(0) }}
                        )
                    )
            else largest.statistic
        end as compared,
        false as is_alarm_anyway
    from facts
    cross join differences_asked as measures
    left join largest_differences as largest
        on
            facts.campaign_id = largest.campaign_id
            and measures.check_name = largest.check_name
            and largest.place = 1
    {%- for check, statistic in {
        'strata': double(
            'case when compares_within_strata then 0 when has_uneven_shares then 1 when has_planned_shares then 0 end'
        ),
        'mixed': double('mixed_members') ~ ' / nullif(members + mixed_members, 0)',
        'late': double('late_members') ~ ' / nullif(members + late_members, 0)',
        'leak': 'case when has_contacts then ' ~ double('controls_contacted')
            ~ ' / nullif(controls, 0) end',
        'contact': 'case when are_contacts_recorded and members > controls then 1 - '
            ~ double('treated_contacted') ~ ' / (members - controls) end',
        'unseen': 'unseen_share',
        'strangers': double('contacts_of_strangers') ~ ' / nullif(contacts_and_redemptions, 0)',
    }.items() %}
    union all
    select
        campaign_id,
        '{{ check }}' as check_name,
        cast(null as {{ dbt.type_string() }}) as test,
        {{ statistic }} as statistic,
        cast(null as {{ customer_lifecycle.double_type() }}) as degrees_of_freedom,
        1 as comparisons,
        {{ statistic }} as compared,
        false as is_alarm_anyway
    from facts
    {%- endfor %}
    union all
    select
        facts.campaign_id,
        'overlap' as check_name,
        cast(null as {{ dbt.type_string() }}) as test,
        shared_windows.statistic,
        cast(null as {{ customer_lifecycle.double_type() }}) as degrees_of_freedom,
        1 as comparisons,
        shared_windows.statistic as compared,
        false as is_alarm_anyway
    from facts
    left join shared_windows on facts.campaign_id = shared_windows.campaign_id
    union all
    select
        facts.campaign_id,
        'tail' as check_name,
        cast(null as {{ dbt.type_string() }}) as test,
        max(arm_differences.tail_error) as statistic,
        cast(null as {{ customer_lifecycle.double_type() }}) as degrees_of_freedom,
        1 as comparisons,
        max(arm_differences.tail_error) as compared,
        false as is_alarm_anyway
    from facts
    left join arm_differences
        on facts.campaign_id = arm_differences.campaign_id and arm_differences.metric = 'spend'
    group by facts.campaign_id

),

campaign_alarms as (

    select
        found.campaign_id,
        found.check_name,
        found.test,
        checks.spoils,
        found.statistic,
        found.degrees_of_freedom,
        found.comparisons,
        found.is_alarm_anyway or (
            found.compared is not null and checks.alarm_above is not null
            and found.compared > checks.alarm_above
        ) as is_alarm
    from found
    inner join checks on found.check_name = checks.check_name

)

select * from campaign_alarms
