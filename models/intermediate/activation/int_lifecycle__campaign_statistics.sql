-- Every statistic of the campaigns of which a probability is asked, one row each; what Python sees
-- of them.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set double = customer_lifecycle.double_type() %}

with arm_differences as (

    select * from {{ ref('int_lifecycle__arm_differences') }}

),

campaign_alarms as (

    select * from {{ ref('int_lifecycle__campaign_alarms') }}

),

asked as (

    -- Shares of whole arms have a test of their own; those of strata are weighed means.
    select
        *,
        metric = 'conversion' and strata = 1 as are_shares
    from arm_differences

),

lifts as (

    select
        campaign_id,
        arm,
        metric as question,
        case when are_shares then 'shares' else 'student' end as test,
        case when not are_shares then abs(lift) / nullif(lift_error, 0) end as statistic,
        case when not are_shares then degrees end as degrees_of_freedom,
        1 as comparisons,
        case when are_shares then treated_y end as treated_buyers,
        case when are_shares then treated_members end as treated_members,
        case when are_shares then control_y end as control_buyers,
        case when are_shares then control_members end as control_members
    from asked
    where metric not like 'before%'

),

checks as (

    select
        campaign_id,
        '' as arm,
        check_name as question,
        test,
        statistic,
        degrees_of_freedom,
        comparisons,
        cast(null as {{ double }}) as treated_buyers,
        cast(null as {{ double }}) as treated_members,
        cast(null as {{ double }}) as control_buyers,
        cast(null as {{ double }}) as control_members
    from campaign_alarms
    where test is not null

),

campaign_statistics as (

    select * from lifts
    union all
    select * from checks

)

select * from campaign_statistics
