-- Assigned = treated + controls: every member who was kept and assigned up to the as-of date is in
-- one arm of a campaign that has begun, and in one day of the day table as long as they wait.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

{%- set text = dbt.type_string() %}
{%- set has_inputs = customer_lifecycle.has_campaign_inputs() %}
{%- set logs_waves = customer_lifecycle.logs_waves() %}

{% if customer_lifecycle.are_built(
    ['campaign_arms', 'campaign_days']
    + (['stg_lifecycle__campaign_members'] if has_inputs else [])
    + (['int_lifecycle__wave_members'] if logs_waves else [])
) -%}
with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

campaigns as (

    {{ customer_lifecycle.rows_if(
        has_inputs, 'stg_lifecycle__campaigns', {'campaign_id': text, 'starts_on': 'date'}
    ) }}

),

members_given as (

    {{ customer_lifecycle.rows_if(
        has_inputs, 'stg_lifecycle__campaign_members', {'campaign_id': text, 'assigned_on': 'date'}
    ) }}

),

wave_members as (

    {{ customer_lifecycle.rows_if(
        logs_waves, 'int_lifecycle__wave_members', {'campaign_id': text}
    ) }}

),

members_of_inputs as (

    select
        members_given.campaign_id,
        count(*) as members
    from members_given
    inner join campaigns on members_given.campaign_id = campaigns.campaign_id
    cross join as_of
    where
        campaigns.starts_on <= as_of.as_of_date
        and coalesce(members_given.assigned_on, campaigns.starts_on) <= as_of.as_of_date
    group by members_given.campaign_id

),

members_of_waves as (

    -- Of a wave whose members an input gives, those count.
    select
        campaign_id,
        count(*) as members
    from wave_members
    where campaign_id not in (select members_of_inputs.campaign_id from members_of_inputs)
    group by campaign_id

),

members as (

    select * from members_of_inputs
    union all
    select * from members_of_waves

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
