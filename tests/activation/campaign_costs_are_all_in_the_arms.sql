-- What contacts and redemptions cost that bear a campaign is in its arms, was paid for strangers or
-- outside of the windows, and the treated arms of the ledger bear all that belongs to none, but for
-- rounding.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set text, money = dbt.type_string(), 'decimal(18, 4)' %}
{%- set has_contacts = customer_lifecycle.has_input('contact_costs') %}
{%- set has_redemptions = customer_lifecycle.has_input('redemptions') %}

{% if customer_lifecycle.are_built(
    ['campaign_arms', 'campaign_ledger', 'int_lifecycle__campaign_facts']
    + (['stg_lifecycle__contact_costs'] if has_contacts else [])
    + (['stg_lifecycle__redemptions', 'stg_lifecycle__offers'] if has_redemptions else [])
) -%}
with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

contact_costs as (

    {{ customer_lifecycle.rows_if(has_contacts, 'stg_lifecycle__contact_costs', {
        'campaign_id': text, 'contacted_on': 'date', 'cost': money
    }) }}

),

redemptions as (

    {{ customer_lifecycle.rows_if(has_redemptions, 'stg_lifecycle__redemptions', {
        'offer_id': text, 'redeemed_on': 'date', 'cost': money
    }) }}

),

offers as (

    {{ customer_lifecycle.rows_if(has_redemptions, 'stg_lifecycle__offers', {
        'offer_id': text, 'campaign_id': text, 'unit_cost': money
    }) }}

),

costs as (

    select
        contact_costs.campaign_id,
        contact_costs.cost as contact_cost,
        0 as offer_cost
    from contact_costs
    cross join as_of
    where contact_costs.contacted_on <= as_of.as_of_date
    union all
    select
        offers.campaign_id,
        0 as contact_cost,
        coalesce(redemptions.cost, offers.unit_cost, 0) as offer_cost
    from redemptions
    inner join offers on redemptions.offer_id = offers.offer_id
    cross join as_of
    where redemptions.redeemed_on <= as_of.as_of_date

),

paid as (

    select
        campaign_id,
        sum(contact_cost) as contact_cost,
        sum(offer_cost) as offer_cost
    from costs
    group by campaign_id

),

arms as (

    select
        campaign_id,
        sum(contact_cost) as contact_cost,
        sum(offer_cost) as offer_cost,
        count(case when not is_control then 1 end) as treated_arms
    from {{ ref('customer_lifecycle', 'campaign_arms') }}
    group by campaign_id

),

ledger as (

    select
        campaign_id,
        sum(fixed_cost + stranger_cost + outside_cost) as cost_of_the_whole
    from {{ ref('customer_lifecycle', 'campaign_ledger') }}
    group by campaign_id

)

select
    facts.campaign_id,
    paid.contact_cost as contact_cost_paid,
    arms.contact_cost,
    paid.offer_cost as offer_cost_paid,
    arms.offer_cost,
    facts.stranger_cost,
    facts.outside_cost,
    facts.fixed_cost,
    ledger.cost_of_the_whole
from {{ ref('int_lifecycle__campaign_facts') }} as facts
left join arms on facts.campaign_id = arms.campaign_id
left join paid on facts.campaign_id = paid.campaign_id
left join ledger on facts.campaign_id = ledger.campaign_id
where
    -- Without a contact of a member within the window the unit cost stands for contacts.
    coalesce(paid.contact_cost, 0) + coalesce(paid.offer_cost, 0)
    <> case when facts.has_contacts then coalesce(arms.contact_cost, 0) else 0 end
    + coalesce(arms.offer_cost, 0) + facts.stranger_cost + facts.outside_cost
    or (
        arms.treated_arms > 0
        and abs(
            coalesce(ledger.cost_of_the_whole, 0)
            - facts.fixed_cost - facts.stranger_cost - facts.outside_cost
        ) > 0.0003 * arms.treated_arms
    )
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
