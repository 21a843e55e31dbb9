-- The orders that are kept, one row per order_id. A table, since several models pass over it.
{{ config(materialized='table') }}

with screened as (

    select * from {{ ref('stg_lifecycle__orders_screened') }}

),

repeated as (

    select * from {{ ref('stg_lifecycle__orders_repeated') }}

),

repeated_keys as (

    select distinct order_id from repeated

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
    left join repeated_keys on screened.order_id = repeated_keys.order_id
    where screened.rejection_reason is null and repeated_keys.order_id is null

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
