-- What the contacts and offers of a campaign have cost for each customer: those that reached a
-- member within the window, and the others.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}

with campaign_costs as (

    select * from {{ ref('int_lifecycle__campaign_costs') }}

),

member_costs as (

    select
        campaign_id,
        customer_id,
        reached,
        cast(sum(contacts) as integer) as contacts,
        cast(sum(redemptions) as integer) as redemptions,
        cast(sum(contact_cost) as {{ money }}) as contact_cost,
        cast(sum(offer_cost) as {{ money }}) as offer_cost
    from campaign_costs
    group by campaign_id, customer_id, reached

)

select * from member_costs
