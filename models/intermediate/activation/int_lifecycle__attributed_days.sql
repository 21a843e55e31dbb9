-- The order days that the usual reading credits to a campaign: those whose last contact, of all
-- that the customer has had, was one of the campaign, within the window after it.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set text = dbt.type_string() %}

with contact_costs as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('contact_costs'), 'stg_lifecycle__contact_costs',
        {'customer_id': text, 'campaign_id': text, 'contacted_on': 'date'}
    ) }}

),

member_days as (

    select * from {{ ref('int_lifecycle__member_days') }}
    where days_since < window_days

),

order_days as (

    -- A day is in the windows of several campaigns.
    select distinct
        customer_id,
        ordered_on
    from member_days

),

last_contacts as (

    select
        order_days.customer_id,
        order_days.ordered_on,
        max(contact_costs.contacted_on) as contacted_on
    from order_days
    inner join contact_costs on order_days.customer_id = contact_costs.customer_id
    where contact_costs.contacted_on <= order_days.ordered_on
    group by order_days.customer_id, order_days.ordered_on

),

numbered as (

    -- Two campaigns that wrote on one day: the first by name.
    select
        member_days.campaign_id,
        member_days.customer_id,
        member_days.arm,
        member_days.ordered_on,
        member_days.orders,
        member_days.amount,
        row_number() over (
            partition by member_days.customer_id, member_days.ordered_on
            order by member_days.campaign_id
        ) as place
    from last_contacts
    inner join contact_costs
        on
            last_contacts.customer_id = contact_costs.customer_id
            and last_contacts.contacted_on = contact_costs.contacted_on
    inner join member_days
        on
            contact_costs.campaign_id = member_days.campaign_id
            and last_contacts.customer_id = member_days.customer_id
            and last_contacts.ordered_on = member_days.ordered_on
    where
        last_contacts.contacted_on >= member_days.assigned_on
        and member_days.ordered_on < {{ customer_lifecycle.days_later(
            'member_days.window_days', 'last_contacts.contacted_on'
        ) }}

),

attributed_days as (

    select
        campaign_id,
        customer_id,
        arm,
        ordered_on,
        orders,
        amount
    from numbered
    where place = 1

)

select * from attributed_days
