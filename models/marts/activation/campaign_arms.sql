{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}

with arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

arm_sums as (

    select * from {{ ref('int_lifecycle__arm_sums') }}
    where metric = 'spend'

),

spend as (

    select
        campaign_id,
        arm,
        sum(sum_yy) as sum_yy,
        sum(sum_yyy) as sum_yyy,
        sum(sum_x) as sum_x,
        sum(sum_xx) as sum_xx,
        sum(sum_xy) as sum_xy
    from arm_sums
    group by campaign_id, arm

),

arms as (

    select
        campaign_id,
        arm,
        is_control,
        sum(members) as members,
        sum(case when first_purchase_day is not null then members else 0 end) as buyers,
        sum(orders) as orders,
        cast(sum(amount) as {{ money }}) as amount,
        cast(sum(product_cost) as {{ money }}) as product_cost,
        cast(sum(contact_cost) as {{ money }}) as contact_cost,
        cast(sum(offer_cost) as {{ money }}) as offer_cost,
        cast(sum(value) as {{ money }}) as value,
        sum(contacted_members) as contacted_members,
        sum(redemptions) as redemptions,
        -- A share that is not the same for all is none of the arm.
        case
            when
                min(lowest_share) = max(highest_share)
                and sum(members_with_share) = sum(members)
                then max(highest_share)
        end as planned_share,
        case
            when sum(members_with_forecast) = sum(members) then sum(expected_buyers)
        end as expected_buyers,
        max(case when has_all_amounts then 1 else 0 end) = 1 as has_all_amounts,
        min(assigned_on) as first_assigned_on,
        max(window_ends_on) as window_ends_on
    from arm_cells
    group by campaign_id, arm, is_control

),

campaign_arms as (

    select
        arms.campaign_id,
        arms.arm,
        case when arms.has_all_amounts then 'forecast' else 'amount_before' end as covariate,
        cast(arms.members as integer) as members,
        cast(arms.buyers as integer) as buyers,
        cast(arms.orders as integer) as orders,
        arms.amount,
        arms.product_cost,
        arms.contact_cost,
        arms.offer_cost,
        arms.value,
        cast(arms.contacted_members as integer) as contacted_members,
        cast(arms.redemptions as integer) as redemptions,
        cast(facts.mixed_members as integer) as mixed_members,
        {{ customer_lifecycle.double('arms.planned_share') }} as planned_share,
        {{ customer_lifecycle.double('arms.buyers') }} / arms.members as conversion,
        {{ customer_lifecycle.double('arms.expected_buyers') }} as expected_buyers,
        spend.sum_yy as spend_sum_2,
        spend.sum_yyy as spend_sum_3,
        spend.sum_x as covariate_sum,
        spend.sum_xx as covariate_sum_2,
        spend.sum_xy as covariate_spend_sum,
        arms.is_control,
        facts.is_randomised,
        facts.is_window_over,
        arms.first_assigned_on,
        arms.window_ends_on
    from arms
    inner join facts on arms.campaign_id = facts.campaign_id
    inner join spend on arms.campaign_id = spend.campaign_id and arms.arm = spend.arm

)

select * from campaign_arms
