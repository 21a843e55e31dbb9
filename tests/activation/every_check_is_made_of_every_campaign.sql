-- Each campaign with members has each check of the seed once, and a verdict for each metric.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

{% if customer_lifecycle.are_built([
    'campaign_checks', 'campaign_lift', 'campaign_arms', 'lifecycle_campaign_checks',
]) -%}
with campaigns as (

    select
        campaign_id,
        count(case when not is_control then 1 end) as treated_arms
    from {{ ref('customer_lifecycle', 'campaign_arms') }}
    group by campaign_id

),

checks as (

    select
        campaign_id,
        count(*) as checks
    from {{ ref('customer_lifecycle', 'campaign_checks') }}
    group by campaign_id

),

lifts as (

    select
        campaign_id,
        count(*) as lifts
    from {{ ref('customer_lifecycle', 'campaign_lift') }}
    group by campaign_id

),

in_seed as (

    select count(*) as checks from {{ ref('lifecycle_campaign_checks') }}

)

select
    campaigns.campaign_id,
    checks.checks,
    lifts.lifts
from campaigns
cross join in_seed
left join checks on campaigns.campaign_id = checks.campaign_id
left join lifts on campaigns.campaign_id = lifts.campaign_id
where
    coalesce(checks.checks, 0) <> in_seed.checks
    or coalesce(lifts.lifts, 0) <> 6 * campaigns.treated_arms
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
