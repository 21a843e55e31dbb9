-- What the arms of a campaign have cost is what contacts and redemptions of its members say, and
-- the treated arms of the ledger bear all of its fixed cost but for rounding.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

{% if customer_lifecycle.are_built([
    'campaign_arms', 'campaign_ledger', 'int_lifecycle__member_costs',
]) -%}
with costs as (

    select
        campaign_id,
        sum(contacts) as contacts,
        sum(contact_cost) as contact_cost,
        sum(offer_cost) as offer_cost
    from {{ ref('int_lifecycle__member_costs') }}
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
        sum(fixed_cost) as fixed_cost
    from {{ ref('customer_lifecycle', 'campaign_ledger') }}
    group by campaign_id

)

select
    arms.campaign_id,
    costs.contact_cost as contact_cost_on_record,
    arms.contact_cost,
    costs.offer_cost as offer_cost_on_record,
    arms.offer_cost,
    campaigns.fixed_cost,
    ledger.fixed_cost as fixed_cost_in_ledger
from arms
inner join {{ ref('int_lifecycle__campaigns') }} as campaigns
    on arms.campaign_id = campaigns.campaign_id
left join costs on arms.campaign_id = costs.campaign_id
left join ledger on arms.campaign_id = ledger.campaign_id
where
    arms.offer_cost <> coalesce(costs.offer_cost, 0)
    or (costs.contacts > 0 and arms.contact_cost <> costs.contact_cost)
    or (
        arms.treated_arms > 0
        and abs(coalesce(ledger.fixed_cost, 0) - campaigns.fixed_cost) > 0.0001 * arms.treated_arms
    )
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
