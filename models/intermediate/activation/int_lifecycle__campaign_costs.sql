-- Every contact and redemption that bears a campaign, up to the as-of date, and whom it reached: a
-- member within their window (inside), a member before or after it (outside), or somebody who is in
-- none of its arms (stranger). A view: int_lifecycle__member_costs adds them up.
{{ config(materialized='view', enabled=customer_lifecycle.has_campaigns()) }}
{%- set text, money = dbt.type_string(), 'decimal(18, 4)' %}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

contact_costs as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('contact_costs'), 'stg_lifecycle__contact_costs',
        {'customer_id': text, 'campaign_id': text, 'contacted_on': 'date', 'cost': money}
    ) }}

),

offers as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('redemptions'), 'stg_lifecycle__offers',
        {'offer_id': text, 'campaign_id': text, 'unit_cost': money}
    ) }}

),

redemptions as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('redemptions'), 'stg_lifecycle__redemptions',
        {'offer_id': text, 'customer_id': text, 'redeemed_on': 'date', 'cost': money}
    ) }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

costs as (

    select
        contact_costs.campaign_id,
        contact_costs.customer_id,
        contact_costs.contacted_on as happened_on,
        1 as contacts,
        0 as redemptions,
        contact_costs.cost as contact_cost,
        cast(0 as {{ money }}) as offer_cost
    from contact_costs
    where contact_costs.campaign_id is not null
    union all
    select
        offers.campaign_id,
        redemptions.customer_id,
        redemptions.redeemed_on as happened_on,
        0 as contacts,
        1 as redemptions,
        cast(0 as {{ money }}) as contact_cost,
        coalesce(redemptions.cost, offers.unit_cost, 0) as offer_cost
    from redemptions
    inner join offers on redemptions.offer_id = offers.offer_id
    where offers.campaign_id is not null

),

campaign_costs as (

    select
        costs.campaign_id,
        costs.customer_id,
        members.arm,
        case
            when members.customer_id is null then 'stranger'
            when costs.happened_on between members.assigned_on and members.window_ends_on
                then 'inside'
            else 'outside'
        end as reached,
        costs.contacts,
        costs.redemptions,
        costs.contact_cost,
        costs.offer_cost,
        costs.happened_on
    from costs
    inner join campaigns on costs.campaign_id = campaigns.campaign_id
    left join members
        on costs.campaign_id = members.campaign_id and costs.customer_id = members.customer_id
    cross join as_of
    where costs.happened_on <= as_of.as_of_date

)

select * from campaign_costs
