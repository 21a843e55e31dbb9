-- What can be said of a campaign as a whole before anybody asks whether it has worked.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

member_costs as (

    select * from {{ ref('int_lifecycle__member_costs') }}

),

checked_members as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaign_inputs(), 'stg_lifecycle__campaign_members_checked',
        {'campaign_id': dbt.type_string(), 'rejection_reason': dbt.type_string(), 'repeat_rank': 'integer'}
    ) }}

),

as_of as (

    select
        as_of_date,
        first_order_on
    from {{ ref('lifecycle_as_of') }}

),

left_out as (

    -- A customer in two arms has several rows.
    select
        campaign_id,
        count(case when rejection_reason = 'two_arms' and repeat_rank = 1 then 1 end)
            as mixed_members,
        count(case when rejection_reason = 'assigned_after_end' then 1 end) as late_members
    from checked_members
    group by campaign_id

),

strata as (

    select
        campaign_id,
        arm,
        stratum,
        is_control,
        sum(members) as members,
        sum(members_with_share) as members_with_share,
        min(lowest_share) as lowest_share,
        max(highest_share) as highest_share
    from arm_cells
    group by campaign_id, arm, stratum, is_control

),

controls_of_strata as (

    select
        campaign_id,
        stratum,
        sum(members) as members
    from strata
    where is_control
    group by campaign_id, stratum

),

comparisons as (

    -- Within strata arms can be compared when each has one share in a stratum, and everybody who
    -- was treated is in one with at least two treated and two controls.
    select
        strata.campaign_id,
        max(
            case
                when strata.lowest_share < strata.highest_share then 1
                when strata.is_control then 0
                when least(strata.members, coalesce(controls.members, 0)) < 2 then 1
                else 0
            end
        ) = 0 as can_compare_within_strata
    from strata
    left join controls_of_strata as controls
        on strata.campaign_id = controls.campaign_id and strata.stratum = controls.stratum
    group by strata.campaign_id

),

arms as (

    select
        campaign_id,
        arm,
        is_control,
        sum(members) as members,
        sum(members_with_share) as members_with_share,
        min(lowest_share) as lowest_share,
        max(highest_share) as highest_share
    from strata
    group by campaign_id, arm, is_control

),

shares as (

    select
        campaign_id,
        count(*) as arms,
        count(case when is_control then 1 end) as control_arms,
        sum(members) = sum(members_with_share) and min(lowest_share) > 0 as has_planned_shares,
        max(case when lowest_share < highest_share then 1 else 0 end) = 1 as has_uneven_shares
    from arms
    group by campaign_id

),

unseen_days as (

    -- Days of the window before the first order that is known: what was bought then is missing.
    select
        arm_cells.campaign_id,
        arm_cells.members,
        arm_cells.window_days,
        least(
            greatest(
                {{ customer_lifecycle.days_between(
                    'arm_cells.assigned_on', 'as_of.first_order_on'
                ) }},
                0
            ),
            arm_cells.window_days
        ) as unseen_days
    from arm_cells
    cross join as_of

),

unseen as (

    select
        campaign_id,
        {{ customer_lifecycle.double('sum(members * unseen_days)') }} / sum(members * window_days)
            as unseen_share
    from unseen_days
    group by campaign_id

),

members as (

    select
        campaign_id,
        sum(members) as members,
        sum(case when is_control then members else 0 end) as controls,
        sum(case when is_control then contacted_members else 0 end) as controls_contacted,
        sum(case when is_control then 0 else contacted_members end) as treated_contacted,
        max(case when has_contacts then 1 else 0 end) = 1 as has_contacts,
        -- A shop that records no contact of any campaign does not say that nothing was sent.
        max(max(case when has_contacts then 1 else 0 end)) over () = 1 as are_contacts_recorded,
        max(case when has_all_probabilities then 1 else 0 end) = 1 as has_forecast,
        max(window_ends_on) as window_ends_on
    from arm_cells
    group by campaign_id

),

elsewhere as (

    -- What reached nobody within a window is in no arm.
    select
        campaign_id,
        sum(contacts + redemptions) as contacts_and_redemptions,
        sum(case when reached = 'stranger' then contacts + redemptions else 0 end)
            as contacts_of_strangers,
        sum(case when reached = 'stranger' then contact_cost + offer_cost else 0 end)
            as stranger_cost,
        sum(case when reached = 'outside' then contact_cost + offer_cost else 0 end)
            as outside_cost
    from member_costs
    group by campaign_id

),

campaign_facts as (

    -- Also of campaigns none of whose members could be kept.
    select
        campaigns.campaign_id,
        campaigns.kind,
        campaigns.window_days,
        campaigns.fixed_cost,
        coalesce(shares.arms, 0) as arms,
        coalesce(members.members, 0) as members,
        coalesce(members.controls, 0) as controls,
        coalesce(members.controls_contacted, 0) as controls_contacted,
        coalesce(members.treated_contacted, 0) as treated_contacted,
        coalesce(left_out.mixed_members, 0) as mixed_members,
        coalesce(left_out.late_members, 0) as late_members,
        coalesce(unseen.unseen_share, 0) as unseen_share,
        coalesce(elsewhere.contacts_and_redemptions, 0) as contacts_and_redemptions,
        coalesce(elsewhere.contacts_of_strangers, 0) as contacts_of_strangers,
        cast(coalesce(elsewhere.stranger_cost, 0) as {{ money }}) as stranger_cost,
        cast(coalesce(elsewhere.outside_cost, 0) as {{ money }}) as outside_cost,
        coalesce(members.has_contacts, false) as has_contacts,
        coalesce(members.are_contacts_recorded, false) as are_contacts_recorded,
        coalesce(members.has_forecast, false) as has_forecast,
        coalesce(shares.has_planned_shares, false) as has_planned_shares,
        coalesce(shares.has_uneven_shares, false) as has_uneven_shares,
        coalesce(shares.has_uneven_shares and comparisons.can_compare_within_strata, false)
            as compares_within_strata,
        -- Chance has drawn the arms when somebody says so, or says what it was to draw; with the
        -- same share for all of a stratum, since otherwise those who were treated more often are
        -- others.
        coalesce(
            members.controls > 0
            and shares.arms > shares.control_arms
            and (not shares.has_uneven_shares or comparisons.can_compare_within_strata)
            and coalesce(campaigns.is_randomised, shares.has_planned_shares), false
        ) as is_randomised,
        coalesce(
            members.window_ends_on,
            {{ customer_lifecycle.days_later('campaigns.window_days - 1', 'campaigns.starts_on') }}
        ) <= as_of.as_of_date as is_window_over
    from campaigns
    left join shares on campaigns.campaign_id = shares.campaign_id
    left join comparisons on campaigns.campaign_id = comparisons.campaign_id
    left join members on campaigns.campaign_id = members.campaign_id
    left join unseen on campaigns.campaign_id = unseen.campaign_id
    left join left_out on campaigns.campaign_id = left_out.campaign_id
    left join elsewhere on campaigns.campaign_id = elsewhere.campaign_id
    cross join as_of

)

select * from campaign_facts
