-- What is left of an expected amount: the share of a customer's purchase days that are paid, and
-- the share of the amount that is not given back later. Each is the customer's own, drawn towards
-- everybody's by how little a few days tell.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set double = customer_lifecycle.double_type() %}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

order_totals as (

    select * from {{ ref('int_lifecycle__order_totals') }}

),

totals as (

    select
        purchase_history.customer_id,
        purchase_history.purchase_days as days,
        purchase_history.paid_repeat_days
        + case when purchase_history.first_day_amount > 0 then 1 else 0 end as paid_days,
        purchase_history.first_day_amount + purchase_history.paid_repeat_amount as amount,
        order_totals.purchase_amount - order_totals.refunded_amount as net_amount
    from purchase_history
    inner join order_totals on purchase_history.customer_id = order_totals.customer_id

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
