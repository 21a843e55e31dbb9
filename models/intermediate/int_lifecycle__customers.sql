-- Everybody the company knows at the as-of date: from their orders, from the customers input, or
-- both. Refunds and orders below the purchase minimum count in the money, not as purchases.
with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

orders as (

    select
        kept.*,
        as_of.as_of_date
    from {{ ref('stg_lifecycle__orders') }} as kept
    cross join as_of
    where kept.ordered_on <= as_of.as_of_date

),

registered as (

    select * from {{ ref('stg_lifecycle__customers') }}
    where registered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

order_totals as (

    select
        customer_id,
        min(ordered_on) as first_order_on,
        count(*) as orders,
        sum(amount) as net_amount,
        sum(case
            when {{ customer_lifecycle.is_in_rfm_window('ordered_on', 'as_of_date') }} then amount
            else 0
        end) as net_amount_in_window
    from orders
    group by customer_id

),

customers as (

    select
        coalesce(order_totals.customer_id, registered.customer_id) as customer_id,
        registered.registered_on,
        order_totals.first_order_on,
        least(
            coalesce(registered.registered_on, order_totals.first_order_on),
            coalesce(order_totals.first_order_on, registered.registered_on)
        ) as known_since,
        cast(coalesce(order_totals.orders, 0) as integer) as orders,
        cast(coalesce(order_totals.net_amount, 0) as decimal(18, 4)) as net_amount,
        cast(coalesce(order_totals.net_amount_in_window, 0) as decimal(18, 4))
            as net_amount_in_window
    from order_totals
    full outer join registered on order_totals.customer_id = registered.customer_id

)

select * from customers
