with orders as (

    select * from {{ ref('stg_lifecycle__orders_rejected') }}

),

customers as (

    select * from {{ ref('stg_lifecycle__customers_rejected') }}

),

rejected as (

    select
        'orders' as input,
        orders.*
    from orders
    union all
    select
        'customers' as input,
        customers.*
    from customers

),

rejected_records as (

    -- Rows of files have a position; rows of warehouse tables are numbered among the rejected.
    select
        input,
        row_key,
        reason,
        row_json,
        coalesce(
            row_number,
            row_number() over (partition by input order by row_key, reason, row_json)
        ) as row_number
    from rejected

)

select * from rejected_records
