-- Completed gaps of the customers who are judged by their own, in pairs that do not overlap: the
-- 1st with the 2nd, the 3rd with the 4th. How evenly a pair is split tells regular buyers from
-- random ones whatever their rate. In whole days, and never 0, a gap comes out half a day too long,
-- which would make short gaps look regular.
{{ config(materialized='view') }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

numbered as (

    select
        purchase_days.customer_id,
        purchase_days.gap_days,
        cast(row_number() over (
            partition by purchase_days.customer_id
            order by purchase_days.purchased_on
        ) as integer) as gap_number,
        lag(purchase_days.gap_days) over (
            partition by purchase_days.customer_id
            order by purchase_days.purchased_on
        ) as gap_days_before
    from purchase_days
    inner join purchase_history on purchase_days.customer_id = purchase_history.customer_id
    where
        purchase_history.purchase_days >= {{ var('lifecycle_minimum_purchases') }}
        and purchase_days.gap_days is not null

),

gap_pairs as (

    select
        customer_id,
        gap_number,
        gap_days,
        case
            when gap_number % 2 = 0
                then
                    (cast(gap_days_before as {{ customer_lifecycle.double_type() }}) - 0.5)
                    / (gap_days_before + gap_days - 1)
        end as first_gap_share
    from numbered

)

select * from gap_pairs
