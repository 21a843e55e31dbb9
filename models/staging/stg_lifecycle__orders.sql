-- The orders that are kept, one row per order_id.
with screened as (

    select * from {{ ref('stg_lifecycle__orders_screened') }}

),

repeated as (

    select * from {{ ref('stg_lifecycle__orders_repeated') }}

),

kept_once as (

    select
        screened.order_id,
        screened.customer_id,
        screened.ordered_at,
        screened.ordered_on,
        screened.amount,
        screened.product_cost,
        screened.discount_amount,
        screened.channel,
        screened.currency,
        screened.updated_at
    from screened
    where
        screened.rejection_reason is null
        and not exists (
            select 1 from repeated
            where repeated.order_id = screened.order_id
        )

),

kept_of_repeated as (

    select
        order_id,
        customer_id,
        ordered_at,
        ordered_on,
        amount,
        product_cost,
        discount_amount,
        channel,
        currency,
        updated_at
    from repeated
    where repeat_rank = 1

),

orders as (

    select * from kept_once
    union all
    select * from kept_of_repeated

)

select * from orders
