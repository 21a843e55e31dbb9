-- What came of each member: what they bought within the window, what that brought and cost, and
-- what was known of them on the day of assignment. A view, since only int_lifecycle__arm_cells
-- reads it: to write a row per member takes longer than to add them up.
{{ config(materialized='view', enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}
{%- set is_within = 'order_days.ordered_on >= members.assigned_on' %}
{%- set is_before = 'order_days.ordered_on < members.assigned_on' %}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

order_days as (

    select * from {{ ref('int_lifecycle__member_order_days') }}

),

member_costs as (

    select * from {{ ref('int_lifecycle__member_costs') }}
    where reached = 'inside'

),

purchases as (

    -- From the days before the assignment to the end of the window. Members and costs are read
    -- where they are needed: a select that is used twice is kept in memory with all its columns.
    select
        members.campaign_id,
        members.customer_id,
        min(
            case when {{ is_within }} and order_days.is_purchase_day then order_days.ordered_on end
        ) as first_purchase_on,
        sum(case when {{ is_within }} then order_days.orders else 0 end) as orders,
        sum(case when {{ is_within }} then order_days.amount else 0 end) as amount,
        sum(case when {{ is_within }} then order_days.product_cost else 0 end) as product_cost,
        sum(case when {{ is_before }} then order_days.orders else 0 end) as orders_before,
        sum(case when {{ is_before }} then order_days.amount else 0 end) as amount_before,
        max(
            case when {{ is_before }} and order_days.is_purchase_day then order_days.ordered_on end
        ) as last_purchase_before_on
    from {{ ref('int_lifecycle__campaign_members') }} as members
    inner join order_days on members.customer_id = order_days.customer_id
    where
        order_days.ordered_on >= {{ customer_lifecycle.days_later(
            -(var('lifecycle_campaign_before_days') | int), 'members.assigned_on'
        ) }}
        and order_days.ordered_on <= members.window_ends_on
    group by members.campaign_id, members.customer_id

),

contacts_of_campaigns as (

    select
        campaign_id,
        sum(contacts) as contacts
    from {{ ref('int_lifecycle__member_costs') }}
    where reached = 'inside'
    group by campaign_id

),

forecasts_of_campaigns as (

    select
        campaign_id,
        count(probability_purchase) = count(*) as has_all_probabilities,
        count(expected_amount) = count(*) as has_all_amounts
    from {{ ref('int_lifecycle__campaign_members') }}
    group by campaign_id

),

known_of_campaigns as (

    -- A forecast adjusts when it is there for all; what contacts cost is what is on record, if
    -- anything is.
    select
        forecasts.campaign_id,
        forecasts.has_all_probabilities,
        forecasts.has_all_amounts,
        coalesce(contacts.contacts, 0) > 0 as has_contacts
    from forecasts_of_campaigns as forecasts
    left join contacts_of_campaigns as contacts on forecasts.campaign_id = contacts.campaign_id

),

joined as (

    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        coalesce(members.stratum, '') as stratum,
        members.window_days,
        members.days_observed,
        {{ customer_lifecycle.days_between(
            'members.assigned_on', 'purchases.first_purchase_on'
        ) }} as first_purchase_day,
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
        coalesce(
            {{ customer_lifecycle.days_between(
                'purchases.last_purchase_before_on', 'members.assigned_on'
            ) }},
            {{ var('lifecycle_campaign_before_days') }} + 1
        ) as days_since_last_order,
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
