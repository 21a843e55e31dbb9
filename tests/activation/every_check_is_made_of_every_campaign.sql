-- Each campaign that has begun has each check of the seed once, also when none of its members could
-- be kept, and a verdict for each metric of each treated arm.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

{% if customer_lifecycle.are_built([
    'campaign_checks', 'campaign_lift', 'campaign_arms', 'lifecycle_campaign_checks',
    'int_lifecycle__campaigns',
]) -%}
with campaigns as (

    select
        campaigns.campaign_id,
        count(case when not arms.is_control then 1 end) as treated_arms
    from {{ ref('int_lifecycle__campaigns') }} as campaigns
    left join {{ ref('customer_lifecycle', 'campaign_arms') }} as arms
        on campaigns.campaign_id = arms.campaign_id
    group by campaigns.campaign_id

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
