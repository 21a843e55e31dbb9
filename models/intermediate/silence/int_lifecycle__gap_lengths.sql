-- How many gaps began on one day and ended on another, over all customers: the sufficient statistic
-- of whatever is learnt from gaps, at any date. The calendar bounds its rows, not the customers.
with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

by_days as (

    select
        purchased_on as started_on,
        next_purchase_on as ended_on,
        count(*) as gaps
    from purchase_days
    group by purchased_on, next_purchase_on

),

gap_lengths as (

    select
        started_on,
        ended_on,
        {{ customer_lifecycle.days_between('started_on', 'ended_on') }} as gap_days,
        gaps
    from by_days

)

select * from gap_lengths
