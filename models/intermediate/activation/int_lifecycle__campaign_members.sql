-- Who was in which arm, from which day to which: everybody who was assigned, whether reached or
-- not. Those who are assigned after the as-of date are not there yet.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set money, share = var('lifecycle_money_type'), 'decimal(18, 4)' %}

with campaigns as (

    select * from {{ ref('int_lifecycle__campaigns') }}

),

campaign_members as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_campaign_inputs(), 'stg_lifecycle__campaign_members', {
            'campaign_id': text, 'customer_id': text, 'arm': text, 'stratum': text,
            'planned_share': share, 'probability_purchase': share, 'expected_amount': share,
            'assigned_on': 'date',
        }
    ) }}

),

wave_members as (

    {{ customer_lifecycle.rows_if(customer_lifecycle.logs_waves(), 'int_lifecycle__wave_members', {
        'campaign_id': text, 'customer_id': text, 'arm': text, 'planned_share': double,
        'control_share': double, 'probability_purchase_90d': double, 'expected_amount_90d': money, 'assigned_on': 'date',
    }) }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

given as (

    select distinct campaign_id from campaign_members

),

with_days as (

    -- The forecasts of the input are of the window.
    select
        campaign_members.campaign_id,
        campaign_members.customer_id,
        campaign_members.arm,
        campaign_members.stratum,
        campaigns.window_days,
        campaigns.window_days as forecast_days,
        cast(campaign_members.planned_share as {{ double }}) as planned_share,
        cast(campaign_members.probability_purchase as {{ double }}) as probability_purchase,
        cast(campaign_members.expected_amount as {{ money }}) as expected_amount,
        {{ customer_lifecycle.is_control_arm('campaign_members.arm') }} as is_control,
        coalesce(campaign_members.assigned_on, campaigns.starts_on) as assigned_on
    from campaign_members
    inner join campaigns on campaign_members.campaign_id = campaigns.campaign_id
    union all
    -- Who was in a wave is on record: what an input says of its members is taken instead.
    select
        wave_members.campaign_id,
        wave_members.customer_id,
        wave_members.arm,
        -- Where the share of the controls was changed within a wave, those before and those after.
        cast(cast(wave_members.control_share as decimal(9, 6)) as {{ text }}) as stratum,
        campaigns.window_days,
        90 as forecast_days,
        wave_members.planned_share,
        wave_members.probability_purchase_90d as probability_purchase,
        wave_members.expected_amount_90d as expected_amount,
        wave_members.arm = 'control' as is_control,
        wave_members.assigned_on
    from wave_members
    inner join campaigns on wave_members.campaign_id = campaigns.campaign_id
    left join given on wave_members.campaign_id = given.campaign_id
    where given.campaign_id is null

),

with_window as (

    select
        with_days.campaign_id,
        with_days.customer_id,
        with_days.arm,
        with_days.stratum,
        with_days.window_days,
        -- The day of assignment is the first day of the window.
        least(
            {{ customer_lifecycle.days_between('with_days.assigned_on', 'as_of.as_of_date') }} + 1,
            with_days.window_days
        ) as days_observed,
        with_days.planned_share,
        with_days.probability_purchase,
        -- An expectation of another number of days is worth comparing arms by, but none of the
        -- window.
        case
            when with_days.forecast_days = with_days.window_days
                then with_days.probability_purchase
        end as probability_purchase_in_window,
        with_days.expected_amount,
        with_days.is_control,
        with_days.assigned_on,
        {{ customer_lifecycle.days_later('with_days.window_days - 1', 'with_days.assigned_on') }}
            as window_ends_on
    from with_days
    cross join as_of
    where with_days.assigned_on <= as_of.as_of_date

)

select * from with_window
