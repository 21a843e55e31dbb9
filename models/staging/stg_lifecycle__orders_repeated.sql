-- The order rows whose order_id occurs more than once, ranked. The first is kept: the latest
-- update, then the latest order, then the largest amount, then the order of the other columns, so
-- that the same row is kept whatever order the rows arrive in.
-- A table of its own, since it is small and finding it is a pass over all orders.
{{ config(materialized='table') }}

with sound_keys as (

    -- Read apart from the rows: a select that is used twice is kept in memory, all its columns.
    select order_id from {{ ref('stg_lifecycle__orders_screened') }}
    where rejection_reason is null

),

sound_orders as (

    select * from {{ ref('stg_lifecycle__orders_screened') }}
    where rejection_reason is null

),

repeated_keys as (

    select order_id
    from sound_keys
    group by order_id
    having count(*) > 1

),

ranked as (

    select
        sound_orders.*,
        row_number() over (
            partition by sound_orders.order_id
            order by
                sound_orders.updated_at desc nulls last,
                sound_orders.ordered_at desc,
                sound_orders.amount desc,
                sound_orders.customer_id asc,
                sound_orders.product_cost desc nulls last,
                sound_orders.discount_amount desc nulls last,
                sound_orders.channel asc nulls last,
                sound_orders.currency asc nulls last,
                sound_orders.row_number asc nulls last
        ) as repeat_rank
    from sound_orders
    inner join repeated_keys on sound_orders.order_id = repeated_keys.order_id

)

select * from ranked
