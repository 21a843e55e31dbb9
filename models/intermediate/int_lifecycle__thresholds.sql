-- The three thresholds side by side, in one row.
with threshold_days as (

    select * from {{ ref('int_lifecycle__threshold_days') }}

),

thresholds as (

    select
        max(case when threshold = 'at_risk_after' then days end) as at_risk_after,
        max(case when threshold = 'dormant_after' then days end) as dormant_after,
        max(case when threshold = 'churned_after' then days end) as churned_after
    from threshold_days

)

select * from thresholds
