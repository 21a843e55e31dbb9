{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}

with member_results as (

    select * from {{ ref('int_lifecycle__member_results') }}

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

arm_sums as (

    select * from {{ ref('int_lifecycle__arm_sums') }}

),

arms as (

    select
        campaign_id,
        arm,
        is_control,
        count(*) as members,
        count(first_purchase_day) as buyers,
        sum(orders) as orders,
        cast(sum(amount) as {{ money }}) as amount,
        cast(sum(product_cost) as {{ money }}) as product_cost,
        cast(sum(contact_cost) as {{ money }}) as contact_cost,
        cast(sum(offer_cost) as {{ money }}) as offer_cost,
        cast(sum(value) as {{ money }}) as value,
        count(case when contacts > 0 then 1 end) as contacted_members,
        sum(redemptions) as redemptions,
        -- A share that is not the same for all is none of the arm.
        case
            when min(planned_share) = max(planned_share) and count(planned_share) = count(*)
                then max(planned_share)
        end as planned_share,
        case
            when count(probability_purchase_in_window) = count(*)
                then sum(probability_purchase_in_window)
        end as expected_buyers,
        max(case when has_all_probabilities then 1 else 0 end) = 1 as has_all_probabilities,
        max(case when has_all_amounts then 1 else 0 end) = 1 as has_all_amounts,
        min(assigned_on) as first_assigned_on,
        max(window_ends_on) as window_ends_on
    from member_results
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
    inner join arm_sums as spend
        on
            arms.campaign_id = spend.campaign_id
            and arms.arm = spend.arm
            and spend.metric = 'spend'

)

select * from campaign_arms
