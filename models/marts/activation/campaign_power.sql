{{ config(enabled=customer_lifecycle.has_room('activation')) }}
{%- set double = customer_lifecycle.double %}
{%- set text, float = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set worthwhile = customer_lifecycle.number_or_zero('lifecycle_worthwhile_lift') %}

with campaigns as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaigns(), 'int_lifecycle__campaign_power',
        {'campaign_id': text, 'arm': text, 'treated': float, 'controls': float, 'base_rate': float}
    ) }}

),

campaign_windows as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaigns(), 'int_lifecycle__campaigns',
        {'campaign_id': text, 'window_days': 'integer'}
    ) }}

),

wake_up_list as (

    select * from {{ ref('customer_lifecycle', 'wake_up_list') }}

),

listed as (

    -- The forecast says who comes back by themselves, within 90 days.
    select
        {{ double('count(*)') }} as members,
        avg(probability_purchase_90d) as base_rate
    from wake_up_list

),

control_shares as (

    {% for share in (var('lifecycle_power_shares') if execute else []) %}
    select {{ double(share) }} as control_share
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

waves as (

    select
        'campaign' as scope,
        campaigns.campaign_id as name,
        campaigns.arm,
        campaign_windows.window_days,
        campaigns.treated,
        coalesce(campaigns.controls, 0) as controls,
        campaigns.base_rate
    from campaigns
    inner join campaign_windows on campaigns.campaign_id = campaign_windows.campaign_id
    union all
    select
        'wake_up_list' as scope,
        'today' as name,
        'treatment' as arm,
        90 as window_days,
        listed.members * (1 - control_shares.control_share) as treated,
        listed.members * control_shares.control_share as controls,
        listed.base_rate
    from listed
    cross join control_shares
    where listed.members > 0

),

sizes as (

    select
        *,
        row_number() over (order by scope, name, arm, controls, treated) as row_id
    from waves

),

{{ customer_lifecycle.smallest_lifts('sizes') }}
hundredths as (

    {{ dbt.generate_series(50) }}

),

possible as (

    select
        sizes.row_id,
        sizes.base_rate,
        sizes.treated + sizes.controls as members,
        {{ double('hundredths.generated_number') }} / 100 as control_share
    from sizes
    cross join hundredths
    where sizes.treated + sizes.controls > 0

),

shares_that_see as (

    select
        row_id,
        min(control_share) as control_share
    from possible
    where
        {{ customer_lifecycle.least_lift_found(
            double(worthwhile), 'base_rate',
            '(members * (1 - control_share))', '(members * control_share)'
        ) }} <= {{ worthwhile }}
    group by row_id

),

campaign_power as (

    select
        seen.scope,
        seen.name,
        seen.arm,
        -- Each line of one wave has a share of its own.
        seen.controls / nullif(seen.treated + seen.controls, 0) as control_share,
        cast(round(seen.treated + seen.controls) as integer) as members,
        cast(seen.window_days as integer) as window_days,
        seen.base_rate,
        seen.smallest_lift_seen,
        shares_that_see.control_share as control_share_for_worthwhile,
        case
            when seen.smallest_lift_seen is not null
                then seen.smallest_lift_seen <= {{ worthwhile }}
        end as is_worth_running
    from smallest_lift_6 as seen
    left join shares_that_see on seen.row_id = shares_that_see.row_id

)

select * from campaign_power
