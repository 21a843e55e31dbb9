-- Who was in which arm, from which day to which: everybody who was assigned, whether reached or
-- not. Those who are assigned after the as-of date are not there yet.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

campaign_members as (

    select * from {{ ref('stg_lifecycle__campaign_members') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

with_days as (

    select
        campaign_members.campaign_id,
        campaign_members.customer_id,
        campaign_members.arm,
        campaign_members.stratum,
        campaigns.window_days,
        campaign_members.planned_share,
        campaign_members.probability_purchase,
        campaign_members.expected_amount,
        {{ customer_lifecycle.is_control_arm('campaign_members.arm') }} as is_control,
        coalesce(campaign_members.assigned_on, campaigns.starts_on) as assigned_on
    from campaign_members
    inner join campaigns on campaign_members.campaign_id = campaigns.campaign_id

),

with_window as (

    select
        with_days.campaign_id,
        with_days.customer_id,
        with_days.arm,
        with_days.stratum,
        with_days.window_days,
        -- The day of assignment is the first day of the window.
        least(
            {{ customer_lifecycle.days_between('with_days.assigned_on', 'as_of.as_of_date') }} + 1,
            with_days.window_days
        ) as days_observed,
        with_days.planned_share,
        with_days.probability_purchase,
        with_days.expected_amount,
        with_days.is_control,
        with_days.assigned_on,
        {{ customer_lifecycle.days_later('with_days.window_days - 1', 'with_days.assigned_on') }}
            as window_ends_on
    from with_days
    cross join as_of
    where with_days.assigned_on <= as_of.as_of_date

)

select * from with_window
