{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}

with arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

member_days as (

    select * from {{ ref('int_lifecycle__member_days') }}

),

numbers as (

    {{ dbt.generate_series(1000) }}

),

last_days as (

    -- A member waits up to the first purchase, or as long as they have been seen.
    select
        campaign_id,
        arm,
        coalesce(first_purchase_day, days_observed - 1) as last_day,
        sum(case when first_purchase_day is not null then members else 0 end) as first_purchases,
        sum(members) as members
    from arm_cells
    group by campaign_id, arm, coalesce(first_purchase_day, days_observed - 1)

),

arms as (

    select
        campaign_id,
        arm,
        sum(members) as members,
        max(days_observed) as days_observed
    from arm_cells
    group by campaign_id, arm

),

amounts as (

    select
        campaign_id,
        arm,
        days_since,
        sum(amount) as amount
    from member_days
    where days_since < window_days
    group by campaign_id, arm, days_since

),

days as (

    select
        arms.campaign_id,
        arms.arm,
        arms.members,
        cast(numbers.generated_number - 1 as integer) as days_since
    from arms
    inner join numbers on arms.days_observed >= numbers.generated_number

),

with_events as (

    select
        days.campaign_id,
        days.arm,
        days.days_since,
        days.members,
        coalesce(last_days.first_purchases, 0) as first_purchases,
        coalesce(last_days.members, 0) as members_leaving,
        coalesce(amounts.amount, 0) as amount
    from days
    left join last_days
        on
            days.campaign_id = last_days.campaign_id
            and days.arm = last_days.arm
            and days.days_since = last_days.last_day
    left join amounts
        on
            days.campaign_id = amounts.campaign_id
            and days.arm = amounts.arm
            and days.days_since = amounts.days_since

),

running as (

    select
        *,
        sum(members_leaving) over (
            partition by campaign_id, arm order by days_since rows unbounded preceding
        ) as members_left,
        sum(first_purchases) over (
            partition by campaign_id, arm order by days_since rows unbounded preceding
        ) as buyers,
        sum(amount) over (
            partition by campaign_id, arm order by days_since rows unbounded preceding
        ) as cumulative_amount
    from with_events

),

campaign_days as (

    select
        campaign_id,
        arm,
        days_since,
        cast(members - members_left + members_leaving as integer) as waiting,
        cast(first_purchases as integer) as first_purchases,
        cast(cumulative_amount as {{ money }}) as cumulative_amount,
        {{ customer_lifecycle.double('buyers') }} / members as cumulative_conversion
    from running

)

select * from campaign_days
