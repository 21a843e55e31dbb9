-- What is left of an expected amount: the share of a customer's purchase days that are paid, and
-- the share of the amount that is not given back later. Each is the customer's own, drawn towards
-- everybody's by how little a few days tell.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set double = customer_lifecycle.double_type() %}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

orders as (

    select * from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

days_and_orders as (

    select
        customer_id,
        1 as days,
        case when amount > 0 then 1 else 0 end as paid_days,
        amount,
        0 as net_amount
    from purchase_days
    union all
    select
        customer_id,
        0 as days,
        0 as paid_days,
        0 as amount,
        amount as net_amount
    from orders
    where amount < 0 or amount >= {{ var('lifecycle_minimum_purchase_amount') }}

),

totals as (

    select
        customer_id,
        sum(days) as days,
        sum(paid_days) as paid_days,
        sum(amount) as amount,
        sum(net_amount) as net_amount
    from days_and_orders
    group by customer_id
    having sum(days) > 0

),

customers as (

    -- Refunds of the same day are in the amount of the day, so what is missing came back later.
    select
        customer_id,
        days,
        paid_days,
        paid_days / cast(days as {{ double }}) as paid_share,
        case
            when amount > 0
                then
                    least(greatest(
                        cast(amount - net_amount as {{ double }}) / cast(amount as {{ double }}), 0
                    ), 1)
        end as refunded_share
    from totals

),

paying_customers as (

    select * from customers
    where refunded_share is not null

),

paid as (

    {{ customer_lifecycle.share_totals('customers', 'days', 'paid_share') }}

),

refunded as (

    {{ customer_lifecycle.share_totals('paying_customers', 'paid_days', 'refunded_share') }}

),

kept_shares as (

    select
        customers.customer_id,
        {{ customer_lifecycle.credible_share('customers.days', 'customers.paid_share', 'paid') }}
            as expected_paid_share,
        coalesce(
            {{ customer_lifecycle.credible_share(
                'customers.paid_days', 'customers.refunded_share', 'refunded'
            ) }},
            refunded.share,
            0
        ) as expected_refund_share
    from customers
    cross join paid
    left join refunded
        on
            {{ customer_lifecycle.both_known('customers.customer_id', 'refunded.share') }}
            refunded.share is not null

)

select * from kept_shares
