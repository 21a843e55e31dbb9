{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}

with members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

member_days as (

    select * from {{ ref('int_lifecycle__member_days') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

horizons as (

    {% for days in (var('lifecycle_return_days') if execute else []) %}
    select cast({{ days | int }} as integer) as horizon_days
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

arms as (

    select
        campaign_id,
        arm,
        is_control,
        max(window_days) as window_days
    from members
    group by campaign_id, arm, is_control

),

seen_members as (

    -- Of a horizon only those are seen for whom it is over.
    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        members.window_days,
        horizons.horizon_days
    from members
    cross join as_of
    inner join horizons
        on
            {{ customer_lifecycle.days_between('members.assigned_on', 'as_of.as_of_date') }} + 1
            >= horizons.horizon_days

),

results as (

    select
        seen.campaign_id,
        seen.customer_id,
        seen.arm,
        seen.window_days,
        seen.horizon_days,
        count(case when member_days.is_purchase_day then 1 end) as purchase_days,
        max(case when member_days.is_purchase_day then member_days.days_since end)
            as last_purchase_day,
        sum(member_days.amount) as amount
    from seen_members as seen
    inner join member_days
        on
            seen.campaign_id = member_days.campaign_id
            and seen.customer_id = member_days.customer_id
    where member_days.days_since >= 0 and member_days.days_since < seen.horizon_days
    group by
        seen.campaign_id,
        seen.customer_id,
        seen.arm,
        seen.window_days,
        seen.horizon_days

),

counted as (

    select
        campaign_id,
        arm,
        horizon_days,
        count(case when purchase_days > 0 then 1 end) as returned,
        count(case when purchase_days > 1 then 1 end) as bought_again,
        count(
            case when last_purchase_day < horizon_days - window_days then 1 end
        ) as relapsed,
        sum(amount) as amount
    from results
    group by campaign_id, arm, horizon_days

),

seen_by_arm as (

    select
        campaign_id,
        arm,
        horizon_days,
        count(*) as members_seen
    from seen_members
    group by campaign_id, arm, horizon_days

),

return_tracking as (

    select
        arms.campaign_id,
        arms.arm,
        horizons.horizon_days as days_since,
        cast(coalesce(seen_by_arm.members_seen, 0) as integer) as members_seen,
        -- Not known where nobody has been seen for so long.
        cast(
            case when seen_by_arm.members_seen > 0 then coalesce(counted.returned, 0) end as integer
        ) as returned,
        cast(
            case when seen_by_arm.members_seen > 0 then coalesce(counted.bought_again, 0) end
            as integer
        ) as bought_again,
        -- Nobody who bought can have stayed away for longer than they have been looked at.
        cast(
            case
                when seen_by_arm.members_seen > 0 and horizons.horizon_days > arms.window_days
                    then coalesce(counted.relapsed, 0)
            end as integer
        ) as relapsed,
        cast(
            case when seen_by_arm.members_seen > 0 then coalesce(counted.amount, 0) end
            as {{ money }}
        ) as amount,
        arms.is_control
    from arms
    cross join horizons
    left join seen_by_arm
        on
            arms.campaign_id = seen_by_arm.campaign_id
            and arms.arm = seen_by_arm.arm
            and horizons.horizon_days = seen_by_arm.horizon_days
    left join counted
        on
            arms.campaign_id = counted.campaign_id
            and arms.arm = counted.arm
            and horizons.horizon_days = counted.horizon_days

)

select * from return_tracking
