-- How long gaps last, open ones included: the Kaplan-Meier estimate over all gaps of all customers.
-- A completed gap of t days is a return on day t; an open one is censored after its last day. Kept
-- as sums from day 0, so that what happens between two days is a difference of two rows.
with gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

lengths as (

    select
        gap_days,
        gaps as returned,
        gaps
    from gap_lengths
    union all
    select
        days_since_last_purchase as gap_days,
        0 as returned,
        count(*) as gaps
    from purchase_history
    group by days_since_last_purchase

),

with_day_zero as (

    -- Nothing can have happened on day 0 but a purchase on the as-of date itself.
    select * from lengths
    union all
    select
        0 as gap_days,
        0 as returned,
        0 as gaps

),

by_length as (

    select
        gap_days,
        sum(returned) as returned,
        sum(gaps) as gaps
    from with_day_zero
    group by gap_days

),

with_at_risk as (

    -- Gaps that lasted at least this long, and those that went on after it.
    select
        gap_days,
        returned,
        sum(gaps) over (
            order by gap_days desc rows between unbounded preceding and current row
        ) as at_risk,
        coalesce(sum(gaps) over (
            order by gap_days desc rows between unbounded preceding and 1 preceding
        ), 0) as at_risk_after
    from by_length

),

with_steps as (

    -- What a day adds to the logarithm of the product, and to Greenwood's sum. When all that are at
    -- risk return on a day, the product is zero from then on: counted apart, since zero has no
    -- logarithm.
    select
        *,
        case when returned = at_risk and returned > 0 then 1 else 0 end as do_all_return,
        case
            when returned < at_risk
                then ln(cast(at_risk - returned as {{ var('lifecycle_double_type') }}) / at_risk)
            else 0
        end as log_step,
        case
            when returned < at_risk
                then
                    returned
                    / (cast(at_risk as {{ var('lifecycle_double_type') }}) * (at_risk - returned))
            else 0
        end as greenwood_step
    from with_at_risk

),

gap_survival as (

    select
        gap_days,
        coalesce(lead(gap_days) over (order by gap_days), gap_days + 1) as next_gap_days,
        cast(returned as bigint) as returned,
        cast(at_risk as bigint) as at_risk,
        cast(at_risk_after as bigint) as at_risk_after,
        sum(do_all_return) over (
            order by gap_days rows between unbounded preceding and current row
        ) as days_when_all_return,
        sum(log_step) over (
            order by gap_days rows between unbounded preceding and current row
        ) as log_survival,
        sum(greenwood_step) over (
            order by gap_days rows between unbounded preceding and current row
        ) as greenwood_sum
    from with_steps

)

select * from gap_survival
