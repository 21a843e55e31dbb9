-- The customers that are kept, one row per customer_id, with the user's own x_ columns.
with screened as (

    select * from {{ ref('stg_lifecycle__customers_screened') }}

),

repeated as (

    select * from {{ ref('stg_lifecycle__customers_repeated') }}

),

customers as (

    select
        screened.*,
        cast(1 as bigint) as repeat_rank
    from screened
    where
        screened.rejection_reason is null
        and not exists (
            select 1 from repeated
            where repeated.customer_id = screened.customer_id
        )
    union all
    select * from repeated
    where repeat_rank = 1

)

select * from customers
