-- The days on which a member ordered, counted from the assignment (0), to the end of what is
-- followed. Of what they bought before only sums are asked for (int_lifecycle__member_results):
-- most days are of that time, and to write them all would cost the most.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

order_days as (

    select * from {{ ref('int_lifecycle__member_order_days') }}

),

member_days as (

    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        members.window_days,
        {{ customer_lifecycle.days_between('members.assigned_on', 'order_days.ordered_on') }}
            as days_since,
        order_days.orders,
        order_days.amount,
        order_days.is_purchase_day,
        members.assigned_on,
        order_days.ordered_on
    from members
    inner join order_days on members.customer_id = order_days.customer_id
    where
        order_days.ordered_on >= members.assigned_on
        and order_days.ordered_on < {{ customer_lifecycle.days_later(
            'greatest(members.window_days, ' ~ customer_lifecycle.longest_return_days() ~ ')',
            'members.assigned_on'
        ) }}

)

select * from member_days
