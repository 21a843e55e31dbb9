-- Every order row with what is wrong with the row itself, if anything. Rows that repeat another
-- row's key are found in the next model, among the rows that are right otherwise.
with orders as (

    select * from {{ ref('base_lifecycle__orders') }}

),

screened as (

    select
        row_number,
        order_id,
        customer_id,
        ordered_at,
        cast(ordered_at as date) as ordered_on,
        amount,
        product_cost,
        discount_amount,
        channel,
        currency,
        updated_at,
        malformed_text,
        ordered_at_unread,
        amount_unread,
        product_cost_unread,
        discount_amount_unread,
        updated_at_unread,
        {{ customer_lifecycle.order_rejection_reason() }} as rejection_reason
    from orders

)

select * from screened
