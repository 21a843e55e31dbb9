-- The order days that the usual reading credits to a campaign: those within the window after a
-- contact of it, if no later contact of another campaign came in between.
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

contacts as (

    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        members.window_days,
        members.assigned_on,
        {{ customer_lifecycle.days_between('members.assigned_on', 'contact_costs.contacted_on') }}
            as contacted_day
    from contact_costs
    inner join members
        on
            contact_costs.customer_id = members.customer_id
            and contact_costs.campaign_id = members.campaign_id

),

candidates as (

    select
        contacts.campaign_id,
        contacts.customer_id,
        contacts.arm,
        member_days.orders,
        member_days.amount,
        {{ customer_lifecycle.days_later('member_days.days_since', 'contacts.assigned_on') }}
            as ordered_on,
        {{ customer_lifecycle.days_later('contacts.contacted_day', 'contacts.assigned_on') }}
            as contacted_on
    from contacts
    inner join member_days
        on
            contacts.campaign_id = member_days.campaign_id
            and contacts.customer_id = member_days.customer_id
    where
        member_days.days_since >= contacts.contacted_day
        and member_days.days_since < contacts.contacted_day + contacts.window_days
        and member_days.days_since < contacts.window_days

),

numbered as (

    select
        *,
        row_number() over (
            partition by customer_id, ordered_on order by contacted_on desc, campaign_id asc
        ) as place
    from candidates

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
