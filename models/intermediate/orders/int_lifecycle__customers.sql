-- Everybody the company knows at the as-of date, and the money of all their orders.
with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

orders as (

    select
        kept.*,
        as_of.as_of_date
    from {{ ref('stg_lifecycle__orders') }} as kept
    inner join as_of on kept.ordered_on <= as_of.as_of_date

),

registrations as (

    {{ customer_lifecycle.registrations() }}

),

registered as (

    select
        registrations.*,
        as_of.as_of_date
    from registrations
    inner join as_of on registrations.registered_on <= as_of.as_of_date

),

order_totals as (

    select
        customer_id,
        as_of_date,
        min(ordered_on) as first_order_on,
        count(*) as orders,
        sum(amount) as net_amount,
        sum(case
            when {{ customer_lifecycle.is_in_rfm_window('ordered_on', 'as_of_date') }} then amount
            else 0
        end) as net_amount_in_window
    from orders
    group by customer_id, as_of_date

),

customers as (

    {{ customer_lifecycle.known_customers('order_totals', 'registered') }}

)

select * from customers
