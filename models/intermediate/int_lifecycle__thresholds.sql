-- The three thresholds side by side, in one row.
with dormancy_thresholds as (

    select * from {{ ref('dormancy_thresholds') }}

),

thresholds as (

    select
        max(case when threshold = 'at_risk_after' then days end) as at_risk_after,
        max(case when threshold = 'dormant_after' then days end) as dormant_after,
        max(case when threshold = 'churned_after' then days end) as churned_after
    from dormancy_thresholds

)

select * from thresholds
