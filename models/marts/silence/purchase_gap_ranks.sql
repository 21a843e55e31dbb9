-- Each customer's gaps between purchases in order, the open one last, and the rank of each by
-- length; equal gaps share the higher rank. A view: the ranks cost a sort that few will ask for.
{{ config(materialized='view') }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

gaps as (

    select
        customer_id,
        gap_days,
        purchased_on as gap_ended_on,
        false as is_open_gap
    from purchase_days
    where gap_days is not null
    union all
    select
        customer_id,
        days_since_last_purchase as gap_days,
        cast(null as date) as gap_ended_on,
        true as is_open_gap
    from purchase_history

),

ranked as (

    select
        customer_id,
        cast(row_number() over (
            partition by customer_id
            order by is_open_gap, gap_ended_on
        ) as integer) as gap_number,
        gap_days,
        cast(count(*) over (
            partition by customer_id
            order by gap_days
            range between unbounded preceding and current row
        ) as integer) as gap_rank,
        is_open_gap
    from gaps

)

select * from ranked
