{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}
{%- set horizons = (var('lifecycle_return_days') | map('int') | list) if execute else [] %}

with arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

member_days as (

    select * from {{ ref('int_lifecycle__member_days') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

entries as (

    -- Those who came in on one day have been seen for equally long.
    select
        arm_cells.campaign_id,
        arm_cells.arm,
        arm_cells.is_control,
        arm_cells.window_days,
        arm_cells.assigned_on,
        {{ customer_lifecycle.days_between('arm_cells.assigned_on', 'as_of.as_of_date') }} + 1
            as days_seen,
        sum(arm_cells.members) as members
    from arm_cells
    cross join as_of
    group by
        arm_cells.campaign_id,
        arm_cells.arm,
        arm_cells.is_control,
        arm_cells.window_days,
        arm_cells.assigned_on,
        as_of.as_of_date

),

members as (

    select
        campaign_id,
        customer_id,
        arm,
        window_days,
        {% for days in horizons %}
        count(case when is_purchase_day and days_since < {{ days }} then 1 end)
            as purchase_days_{{ days }},
        max(case when is_purchase_day and days_since < {{ days }} then days_since end)
            as last_purchase_day_{{ days }},
        sum(case when days_since < {{ days }} then amount else 0 end) as amount_{{ days }},
        {% endfor %}
        assigned_on
    from member_days
    group by campaign_id, customer_id, arm, window_days, assigned_on

),

results as (

    select
        campaign_id,
        arm,
        {% for days in horizons %}
        count(case when purchase_days_{{ days }} > 0 then 1 end) as returned_{{ days }},
        count(case when purchase_days_{{ days }} > 1 then 1 end) as bought_again_{{ days }},
        count(case when last_purchase_day_{{ days }} < {{ days }} - window_days then 1 end)
            as relapsed_{{ days }},
        sum(amount_{{ days }}) as amount_{{ days }},
        {% endfor %}
        assigned_on
    from members
    group by campaign_id, arm, assigned_on

),

horizons as (

    -- Of a horizon only those are seen for whom it is over.
    {% for days in horizons %}
    select
        entries.campaign_id,
        entries.arm,
        entries.is_control,
        entries.window_days,
        cast({{ days }} as integer) as horizon_days,
        case when entries.days_seen >= {{ days }} then entries.members else 0 end as members_seen,
        case when entries.days_seen >= {{ days }} then results.returned_{{ days }} end as returned,
        case when entries.days_seen >= {{ days }} then results.bought_again_{{ days }} end
            as bought_again,
        case when entries.days_seen >= {{ days }} then results.relapsed_{{ days }} end as relapsed,
        case when entries.days_seen >= {{ days }} then results.amount_{{ days }} end as amount
    from entries
    left join results
        on
            entries.campaign_id = results.campaign_id
            and entries.arm = results.arm
            and entries.assigned_on = results.assigned_on
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

arms as (

    select
        campaign_id,
        arm,
        is_control,
        horizon_days,
        max(window_days) as window_days,
        sum(members_seen) as members_seen,
        coalesce(sum(returned), 0) as returned,
        coalesce(sum(bought_again), 0) as bought_again,
        coalesce(sum(relapsed), 0) as relapsed,
        coalesce(sum(amount), 0) as amount
    from horizons
    group by campaign_id, arm, is_control, horizon_days

),

return_tracking as (

    select
        campaign_id,
        arm,
        horizon_days as days_since,
        cast(members_seen as integer) as members_seen,
        -- Not known where nobody has been seen for so long.
        cast(case when members_seen > 0 then returned end as integer) as returned,
        cast(case when members_seen > 0 then bought_again end as integer) as bought_again,
        -- Nobody who bought can have stayed away for longer than they have been looked at.
        cast(case when members_seen > 0 and horizon_days > window_days then relapsed end as integer)
            as relapsed,
        cast(case when members_seen > 0 then amount end as {{ money }}) as amount,
        is_control
    from arms

)

select * from return_tracking
