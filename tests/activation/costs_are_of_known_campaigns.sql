-- What contacts and offers cost that bear a campaign which nobody has named is in no arm of any,
-- and nothing measures what was spent on it.
{{ config(
    severity='warn',
    enabled=customer_lifecycle.has_campaigns()
    and (
        customer_lifecycle.has_input('contact_costs') or customer_lifecycle.has_input('offers')
        or customer_lifecycle.has_input('marketing_spend')
    )
) }}
{%- set text = dbt.type_string() %}
{%- set has_contacts = customer_lifecycle.has_input('contact_costs') %}
{%- set has_offers = customer_lifecycle.has_input('offers') %}
{%- set has_spend = customer_lifecycle.has_input('marketing_spend') %}

{% if customer_lifecycle.are_built(
    ['int_lifecycle__campaigns']
    + (['stg_lifecycle__contact_costs'] if has_contacts else [])
    + (['stg_lifecycle__offers'] if has_offers else [])
    + (['stg_lifecycle__marketing_spend'] if has_spend else [])
    + (['stg_lifecycle__campaigns'] if customer_lifecycle.has_campaign_inputs() else [])
    + (['wake_up_assignments'] if customer_lifecycle.logs_waves() else [])
) -%}
with contact_costs as (

    {{ customer_lifecycle.rows_if(
        has_contacts, 'stg_lifecycle__contact_costs', {'campaign_id': text}
    ) }}

),

offers as (

    {{ customer_lifecycle.rows_if(has_offers, 'stg_lifecycle__offers', {'campaign_id': text}) }}

),

spend as (

    {{ customer_lifecycle.rows_if(
        has_spend, 'stg_lifecycle__marketing_spend', {'campaign_id': text}
    ) }}

),

campaigns as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaign_inputs(), 'stg_lifecycle__campaigns', {'campaign_id': text}
    ) }}

),

waves as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.logs_waves(), 'wake_up_assignments', {'wave': text}
    ) }}

),

either as (

    -- Also those that have not begun, and the wave of today.
    select campaign_id from {{ ref('int_lifecycle__campaigns') }}
    union all
    select campaign_id from campaigns
    union all
    select wave as campaign_id from waves

),

known as (

    select distinct campaign_id from either

),

named as (

    select
        'contact_costs' as input,
        campaign_id
    from contact_costs
    union all
    select
        'offers' as input,
        campaign_id
    from offers
    union all
    select
        'marketing_spend' as input,
        campaign_id
    from spend

)

select
    named.input,
    named.campaign_id,
    count(*) as rows_of_it
from named
left join known on named.campaign_id = known.campaign_id
where named.campaign_id is not null and known.campaign_id is null
group by named.input, named.campaign_id
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
