-- The days on which the members of campaigns ordered, as far back as anything is asked of them. The
-- only pass over the orders: whatever asks about members reads this table.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}
{%- set smallest = var('lifecycle_minimum_purchase_amount') %}

with members as (

    select * from {{ ref('int_lifecycle__campaign_members') }}

),

orders as (

    {% if customer_lifecycle.has_room('value') -%}
    select
        customer_id,
        amount,
        product_cost,
        ordered_on
    from {{ ref('int_lifecycle__order_costs') }}
    {%- else -%}
    -- Without the room value nobody asks what the lines of an order cost.
    select
        customer_id,
        amount,
        coalesce(
            product_cost, cast(amount * (1 - {{ var('lifecycle_gross_margin') }}) as {{ money }})
        ) as product_cost,
        ordered_on
    from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)
    {%- endif %}

),

customers as (

    -- Only what is followed is read of a long history.
    select
        customer_id,
        {{ customer_lifecycle.days_later(
            -(var('lifecycle_campaign_before_days') | int), 'min(assigned_on)'
        ) }} as followed_from
    from members
    group by customer_id

),

order_days as (

    select
        orders.customer_id,
        orders.ordered_on,
        count(case when orders.amount >= {{ smallest }} then 1 end) as orders,
        count(case when orders.amount < 0 then 1 end) as refunds,
        cast(sum(orders.amount) as {{ money }}) as amount,
        cast(sum(orders.product_cost) as {{ money }}) as product_cost
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    where orders.ordered_on >= customers.followed_from
    group by orders.customer_id, orders.ordered_on

),

days_with_purchases as (

    -- As in the purchase days of the room orders: a day that nets to nothing is none.
    select
        *,
        orders > 0 and (refunds = 0 or amount > 0) as is_purchase_day
    from order_days

),

member_order_days as (

    select
        customer_id,
        cast(case when is_purchase_day then orders else 0 end as integer) as orders,
        amount,
        product_cost,
        is_purchase_day,
        ordered_on
    from days_with_purchases

)

select * from member_order_days
