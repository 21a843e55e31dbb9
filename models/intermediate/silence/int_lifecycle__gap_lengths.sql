-- How often each length of a completed gap occurs, over all customers, by the period in which the
-- gap ended: the sufficient statistic of every threshold that is learnt from gaps.
with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

gap_lengths as (

    select
        {{ customer_lifecycle.period_start('purchased_on') }} as period_started_on,
        gap_days,
        count(*) as gaps
    from purchase_days
    where gap_days is not null
    group by {{ customer_lifecycle.period_start('purchased_on') }}, gap_days

)

select * from gap_lengths
