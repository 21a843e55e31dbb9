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

members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

member_days as (

    select * from {{ ref('int_lifecycle__member_days') }}

),

order_days as (

    -- A day is in the windows of several campaigns.
    select distinct
        members.customer_id,
        {{ customer_lifecycle.days_later('member_days.days_since', 'members.assigned_on') }}
            as ordered_on
    from member_days
    inner join members
        on
            member_days.campaign_id = members.campaign_id
            and member_days.customer_id = members.customer_id
    where member_days.days_since between 0 and members.window_days - 1

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

contacts as (

    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        members.window_days,
        members.assigned_on,
        last_contacts.ordered_on,
        {{ customer_lifecycle.days_between('members.assigned_on', 'last_contacts.contacted_on') }}
            as contacted_day,
        {{ customer_lifecycle.days_between('members.assigned_on', 'last_contacts.ordered_on') }}
            as ordered_day
    from last_contacts
    inner join contact_costs
        on
            last_contacts.customer_id = contact_costs.customer_id
            and last_contacts.contacted_on = contact_costs.contacted_on
    inner join members
        on
            contact_costs.customer_id = members.customer_id
            and contact_costs.campaign_id = members.campaign_id

),

numbered as (

    -- Two campaigns that wrote on one day: the first by name.
    select
        contacts.campaign_id,
        contacts.customer_id,
        contacts.arm,
        contacts.ordered_on,
        member_days.orders,
        member_days.amount,
        row_number() over (
            partition by contacts.customer_id, contacts.ordered_on
            order by contacts.campaign_id
        ) as place
    from contacts
    inner join member_days
        on
            contacts.campaign_id = member_days.campaign_id
            and contacts.customer_id = member_days.customer_id
            and contacts.ordered_day = member_days.days_since
    where
        contacts.contacted_day >= 0
        and contacts.ordered_day < contacts.window_days
        and contacts.ordered_day < contacts.contacted_day + contacts.window_days

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
