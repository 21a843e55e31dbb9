-- What can be said of a campaign as a whole before anybody asks whether it has worked.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

member_results as (

    select * from {{ ref('int_lifecycle__member_results') }}

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

arms as (

    select
        campaign_id,
        arm,
        is_control,
        count(*) as members,
        count(planned_share) as members_with_share,
        min(planned_share) as lowest_share,
        max(planned_share) as highest_share
    from member_results
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
        member_results.campaign_id,
        member_results.window_days,
        least(
            greatest(
                {{ customer_lifecycle.days_between(
                    'member_results.assigned_on', 'as_of.first_order_on'
                ) }},
                0
            ),
            member_results.window_days
        ) as unseen_days
    from member_results
    cross join as_of

),

unseen as (

    select
        campaign_id,
        {{ customer_lifecycle.double('sum(unseen_days)') }} / sum(window_days) as unseen_share
    from unseen_days
    group by campaign_id

),

members as (

    select
        campaign_id,
        count(*) as members,
        count(case when is_control then 1 end) as controls,
        count(case when is_control and contacts > 0 then 1 end) as controls_contacted,
        count(case when not is_control and contacts > 0 then 1 end) as treated_contacted,
        max(case when has_contacts then 1 else 0 end) = 1 as has_contacts,
        -- A shop that records no contact of any campaign does not say that nothing was sent.
        max(max(case when has_contacts then 1 else 0 end)) over () = 1 as are_contacts_recorded,
        max(case when has_all_probabilities then 1 else 0 end) = 1 as has_forecast,
        max(window_ends_on) as window_ends_on
    from member_results
    group by campaign_id

),

campaign_facts as (

    select
        campaigns.campaign_id,
        campaigns.kind,
        campaigns.window_days,
        campaigns.fixed_cost,
        shares.arms,
        members.members,
        members.controls,
        members.controls_contacted,
        members.treated_contacted,
        coalesce(left_out.mixed_members, 0) as mixed_members,
        coalesce(left_out.late_members, 0) as late_members,
        unseen.unseen_share,
        members.has_contacts,
        members.are_contacts_recorded,
        members.has_forecast,
        coalesce(shares.has_planned_shares, false) as has_planned_shares,
        shares.has_uneven_shares,
        -- Chance has drawn the arms when somebody says so, or says what it was to draw.
        members.controls > 0
        and shares.arms > shares.control_arms
        and coalesce(campaigns.is_randomised, shares.has_planned_shares, false) as is_randomised,
        members.window_ends_on <= as_of.as_of_date as is_window_over
    from campaigns
    inner join shares on campaigns.campaign_id = shares.campaign_id
    inner join members on campaigns.campaign_id = members.campaign_id
    inner join unseen on campaigns.campaign_id = unseen.campaign_id
    left join left_out on campaigns.campaign_id = left_out.campaign_id
    cross join as_of

)

select * from campaign_facts
