-- What came of each member: what they bought within the window, what that brought and cost, and
-- what was known of them on the day of assignment.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}
{%- set is_within = 'days_since between 0 and window_days - 1' %}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

member_days as (

    select * from {{ ref('int_lifecycle__member_days') }}

),

member_costs as (

    select * from {{ ref('int_lifecycle__member_costs') }}

),

purchases as (

    select
        campaign_id,
        customer_id,
        min(case when {{ is_within }} and is_purchase_day then days_since end)
            as first_purchase_day,
        sum(case when {{ is_within }} then orders else 0 end) as orders,
        sum(case when {{ is_within }} then amount else 0 end) as amount,
        sum(case when {{ is_within }} then product_cost else 0 end) as product_cost,
        sum(case when days_since < 0 then orders else 0 end) as orders_before,
        sum(case when days_since < 0 then amount else 0 end) as amount_before,
        max(case when days_since < 0 and is_purchase_day then days_since end) as last_day_before
    from member_days
    group by campaign_id, customer_id

),

known_of_campaigns as (

    -- A forecast adjusts when it is there for all; what contacts cost is what is on record, if
    -- anything is.
    select
        members.campaign_id,
        count(members.probability_purchase) = count(*) as has_all_probabilities,
        count(members.expected_amount) = count(*) as has_all_amounts,
        coalesce(sum(member_costs.contacts), 0) > 0 as has_contacts
    from members
    left join member_costs
        on
            members.campaign_id = member_costs.campaign_id
            and members.customer_id = member_costs.customer_id
    group by members.campaign_id

),

joined as (

    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        members.stratum,
        members.window_days,
        members.days_observed,
        purchases.first_purchase_day,
        cast(coalesce(purchases.orders, 0) as integer) as orders,
        cast(coalesce(purchases.amount, 0) as {{ money }}) as amount,
        cast(coalesce(purchases.product_cost, 0) as {{ money }}) as product_cost,
        coalesce(member_costs.contacts, 0) as contacts,
        coalesce(member_costs.redemptions, 0) as redemptions,
        cast(
            case
                when known.has_contacts then coalesce(member_costs.contact_cost, 0)
                when members.is_control then 0
                else coalesce(campaigns.unit_cost, 0)
            end as {{ money }}
        ) as contact_cost,
        cast(coalesce(member_costs.offer_cost, 0) as {{ money }}) as offer_cost,
        members.planned_share,
        members.probability_purchase,
        members.probability_purchase_in_window,
        members.expected_amount,
        cast(coalesce(purchases.orders_before, 0) as integer) as orders_before,
        cast(coalesce(purchases.amount_before, 0) as {{ money }}) as amount_before,
        -- Whoever did not buy in all the days before has been away for longer.
        coalesce(-purchases.last_day_before, {{ var('lifecycle_campaign_before_days') }} + 1)
            as days_since_last_order,
        cast(
            case
                when known.has_all_probabilities then members.probability_purchase
                else coalesce(purchases.orders_before, 0)
            end as {{ customer_lifecycle.double_type() }}
        ) as chance,
        cast(
            case
                when known.has_all_amounts then members.expected_amount
                else coalesce(purchases.amount_before, 0)
            end as {{ customer_lifecycle.double_type() }}
        ) as expectation,
        members.is_control,
        known.has_all_probabilities,
        known.has_all_amounts,
        known.has_contacts,
        members.assigned_on,
        members.window_ends_on
    from members
    inner join campaigns on members.campaign_id = campaigns.campaign_id
    inner join known_of_campaigns as known on members.campaign_id = known.campaign_id
    left join purchases
        on
            members.campaign_id = purchases.campaign_id
            and members.customer_id = purchases.customer_id
    left join member_costs
        on
            members.campaign_id = member_costs.campaign_id
            and members.customer_id = member_costs.customer_id

),

with_value as (

    select
        *,
        cast(amount - product_cost - contact_cost - offer_cost as {{ money }}) as value
    from joined

)

select * from with_value
