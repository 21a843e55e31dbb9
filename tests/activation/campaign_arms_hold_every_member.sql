-- Assigned = treated + controls: every member who was kept and assigned up to the as-of date is in
-- one arm of a campaign that has begun, and in one day of the day table as long as they wait.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

{% if customer_lifecycle.are_built([
    'campaign_arms', 'campaign_days', 'stg_lifecycle__campaign_members',
]) -%}
with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

members as (

    select
        members.campaign_id,
        count(*) as members
    from {{ ref('stg_lifecycle__campaign_members') }} as members
    inner join {{ ref('stg_lifecycle__campaigns') }} as campaigns
        on members.campaign_id = campaigns.campaign_id
    cross join as_of
    where
        campaigns.starts_on <= as_of.as_of_date
        and coalesce(members.assigned_on, campaigns.starts_on) <= as_of.as_of_date
    group by members.campaign_id

),

arms as (

    select
        campaign_id,
        sum(members) as members,
        sum(buyers) as buyers
    from {{ ref('customer_lifecycle', 'campaign_arms') }}
    group by campaign_id

),

days as (

    select
        campaign_id,
        sum(case when days_since = 0 then waiting else 0 end) as waiting_first,
        sum(first_purchases) as buyers
    from {{ ref('customer_lifecycle', 'campaign_days') }}
    group by campaign_id

)

select
    coalesce(members.campaign_id, arms.campaign_id) as campaign_id,
    members.members as members_kept,
    arms.members as members_in_arms,
    days.waiting_first,
    arms.buyers,
    days.buyers as buyers_by_day
from members
full outer join arms on members.campaign_id = arms.campaign_id
left join days on arms.campaign_id = days.campaign_id
where
    members.members is null
    or arms.members is null
    or members.members <> arms.members
    or days.waiting_first is null
    or days.waiting_first <> arms.members
    or days.buyers <> arms.buyers
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
