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

registered as (

    select
        kept.*,
        as_of.as_of_date
    from {{ ref('stg_lifecycle__customers') }} as kept
    inner join as_of on kept.registered_on <= as_of.as_of_date

),

customers as (

    {{ customer_lifecycle.known_customers('orders', 'registered') }}

)

select * from customers
