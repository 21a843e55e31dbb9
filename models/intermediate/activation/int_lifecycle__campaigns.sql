-- The campaigns that have begun, those of the inputs and our own waves, with the window in which
-- purchases count. A row of the input with the name of a wave says what that wave cost.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set text, money = dbt.type_string(), 'decimal(18, 4)' %}

with campaigns as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaign_inputs(), 'stg_lifecycle__campaigns', {
            'campaign_id': text, 'name': text, 'kind': text, 'channel': text, 'unit_cost': money,
            'fixed_cost': money, 'window_days': money, 'is_randomised': 'boolean',
            'starts_on': 'date', 'ends_on': 'date',
        }
    ) }}

),

unread as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaign_inputs(), 'stg_lifecycle__campaigns_checked',
        {'campaign_id': text, 'rejection_reason': text, 'is_randomised_unread': text}
    ) }}

),

wave_members as (

    {{ customer_lifecycle.rows_if(customer_lifecycle.logs_waves(), 'int_lifecycle__wave_members', {
        'campaign_id': text, 'kind': text, 'window_days': 'integer', 'assigned_on': 'date',
    }) }}

),

waves as (

    select
        campaign_id,
        kind,
        max(window_days) as window_days,
        min(assigned_on) as starts_on
    from wave_members
    group by campaign_id, kind

),

all_campaigns as (

    -- Of what cannot be read nobody has said that chance drew the arms.
    select
        campaigns.campaign_id,
        campaigns.name,
        coalesce(campaigns.kind, 'other') as kind,
        campaigns.channel,
        campaigns.unit_cost,
        campaigns.fixed_cost,
        campaigns.window_days,
        case when unread.campaign_id is null then campaigns.is_randomised else false end
            as is_randomised,
        campaigns.starts_on,
        campaigns.ends_on
    from campaigns
    left join unread
        on
            campaigns.campaign_id = unread.campaign_id
            and unread.rejection_reason is null
            and unread.is_randomised_unread is not null
    union all
    select
        waves.campaign_id,
        waves.campaign_id as name,
        waves.kind,
        cast(null as {{ text }}) as channel,
        cast({{ customer_lifecycle.number_or_null('lifecycle_contact_cost') }} as {{ money }})
            as unit_cost,
        cast(null as {{ money }}) as fixed_cost,
        cast(waves.window_days as {{ money }}) as window_days,
        true as is_randomised,
        waves.starts_on,
        cast(null as date) as ends_on
    from waves
    left join campaigns on waves.campaign_id = campaigns.campaign_id
    where campaigns.campaign_id is null

),

begun as (

    select
        campaign_id,
        name,
        kind,
        channel,
        unit_cost,
        cast(coalesce(fixed_cost, 0) as {{ money }}) as fixed_cost,
        -- The day table has a row per day: a window is at most a thousand days.
        cast(
            least(greatest(coalesce(window_days, {{ var('lifecycle_campaign_window') }}), 1), 1000)
            as integer
        ) as window_days,
        is_randomised,
        starts_on,
        ends_on
    from all_campaigns
    where starts_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

)

select * from begun
