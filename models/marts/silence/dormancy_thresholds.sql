-- Days of silence from which a customer counts as at risk, dormant, churned, and how likely it is
-- that a customer who has been silent that long comes back.
with threshold_days as (

    select * from {{ ref('int_lifecycle__threshold_days') }}
    -- Without orders there is no date, and the default thresholds all the same.
    where
        as_of_date is null
        or as_of_date = (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

gap_survival as (

    select * from {{ ref('int_lifecycle__gap_survival') }}
    where
        as_of_date is null
        or as_of_date = (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

points as (

    select
        days as silent_days,
        {{ var('lifecycle_threshold_horizon') }} as horizon_days
    from threshold_days

),

return_probabilities as (

    {{ customer_lifecycle.return_probabilities('points', 'gap_survival') }}

),

dormancy_thresholds as (

    select
        cast(threshold_days.threshold as {{ dbt.type_string() }}) as threshold,
        cast(threshold_days.source as {{ dbt.type_string() }}) as source,
        threshold_days.reason,
        cast(threshold_days.threshold_number as integer) as threshold_number,
        cast(threshold_days.days as integer) as days,
        cast(return_probabilities.horizon_days as integer) as horizon_days,
        cast(threshold_days.return_share as {{ customer_lifecycle.double_type() }}) as return_share,
        return_probabilities.p_return,
        return_probabilities.p_return_low,
        return_probabilities.p_return_high
    from threshold_days
    inner join return_probabilities on threshold_days.days = return_probabilities.silent_days

)

select * from dormancy_thresholds
