-- How often each length of a completed gap occurs, over all customers: the sufficient statistic
-- of every threshold that is learnt from gaps.
with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

gap_lengths as (

    select
        gap_days,
        count(*) as gaps
    from purchase_days
    where gap_days is not null
    group by gap_days

)

select * from gap_lengths
