-- Discounts on the purchases of a customer in a period: of the orders that make purchase days (so
-- no refunds), those whose discount is known. Nothing known is no row, not a discount of 0.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

period_discounts as (

    select
        customer_id,
        {{ customer_lifecycle.period_start('ordered_on') }} as period_started_on,
        cast(sum(discount_amount) as {{ var('lifecycle_money_type') }}) as discount_amount,
        cast(sum(amount + discount_amount) as {{ var('lifecycle_money_type') }}) as full_amount
    from orders
    where
        discount_amount is not null
        and amount >= {{ var('lifecycle_minimum_purchase_amount') }}
        and ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)
    group by customer_id, {{ customer_lifecycle.period_start('ordered_on') }}

)

select * from period_discounts
