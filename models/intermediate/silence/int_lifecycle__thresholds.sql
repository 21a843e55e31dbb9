-- The three thresholds side by side, one row per date.
with threshold_days as (

    select * from {{ ref('int_lifecycle__threshold_days') }}

),

thresholds as (

    select
        as_of_date,
        max(case when threshold = 'at_risk_after' then days end) as at_risk_after,
        max(case when threshold = 'dormant_after' then days end) as dormant_after,
        max(case when threshold = 'churned_after' then days end) as churned_after
    from threshold_days
    group by as_of_date

)

select * from thresholds
