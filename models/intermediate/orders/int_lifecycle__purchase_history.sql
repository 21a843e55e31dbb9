-- One row per customer who has bought: all that the marts need from the purchase days, in one
-- aggregate.
with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

with_open_gap as (

    select
        purchase_days.*,
        as_of.as_of_date,
        row_number() over (
            partition by purchase_days.customer_id order by purchase_days.gap_days nulls last
        ) as gap_number,
        count(purchase_days.gap_days) over (partition by purchase_days.customer_id) as gaps,
        {{ customer_lifecycle.days_between(
            'purchase_days.last_purchase_on', 'as_of.as_of_date'
        ) }} as open_gap_days
    from purchase_days
    cross join as_of

),

purchase_history as (

    {{ customer_lifecycle.purchase_history('with_open_gap', has_median=true) }}

)

select * from purchase_history
