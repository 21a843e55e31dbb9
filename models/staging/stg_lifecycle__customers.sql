-- The customers that are kept, one row per customer_id, with the user's own x_ columns.
{{ config(materialized='table') }}

with screened as (

    select * from {{ ref('stg_lifecycle__customers_screened') }}

),

repeated as (

    select * from {{ ref('stg_lifecycle__customers_repeated') }}

),

repeated_keys as (

    select distinct customer_id from repeated

),

customers as (

    select
        screened.*,
        cast(1 as bigint) as repeat_rank
    from screened
    left join repeated_keys on screened.customer_id = repeated_keys.customer_id
    where screened.rejection_reason is null and repeated_keys.customer_id is null
    union all
    select * from repeated
    where repeat_rank = 1

)

select * from customers
