-- What the contacts and offers of a campaign have cost for each member whom they reached.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set text, money = dbt.type_string(), var('lifecycle_money_type') %}

with members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

contact_costs as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('contact_costs'), 'stg_lifecycle__contact_costs',
        {'customer_id': text, 'campaign_id': text, 'contacted_on': 'date', 'cost': 'decimal(18, 4)'}
    ) }}

),

offers as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('redemptions'), 'stg_lifecycle__offers',
        {'offer_id': text, 'campaign_id': text, 'unit_cost': 'decimal(18, 4)'}
    ) }}

),

redemptions as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('redemptions'), 'stg_lifecycle__redemptions',
        {'offer_id': text, 'customer_id': text, 'redeemed_on': 'date', 'cost': 'decimal(18, 4)'}
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
        cast(0 as decimal(18, 4)) as offer_cost
    from contact_costs
    where contact_costs.campaign_id is not null
    union all
    select
        offers.campaign_id,
        redemptions.customer_id,
        redemptions.redeemed_on as happened_on,
        0 as contacts,
        1 as redemptions,
        cast(0 as decimal(18, 4)) as contact_cost,
        coalesce(redemptions.cost, offers.unit_cost, 0) as offer_cost
    from redemptions
    inner join offers on redemptions.offer_id = offers.offer_id
    where offers.campaign_id is not null

),

member_costs as (

    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        cast(sum(costs.contacts) as integer) as contacts,
        cast(sum(costs.redemptions) as integer) as redemptions,
        cast(sum(costs.contact_cost) as {{ money }}) as contact_cost,
        cast(sum(costs.offer_cost) as {{ money }}) as offer_cost
    from members
    inner join costs
        on members.campaign_id = costs.campaign_id and members.customer_id = costs.customer_id
    cross join as_of
    where costs.happened_on <= as_of.as_of_date
    group by members.campaign_id, members.customer_id, members.arm

)

select * from member_costs
