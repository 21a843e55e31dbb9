-- How long gaps last, open ones included: the Kaplan-Meier estimate over all gaps of all customers,
-- as of each date at which thresholds are learnt. A gap that had ended by then is a return on its
-- last day; one that had not is censored after the date. Kept as sums from day 0, so that what
-- happens between two days is a difference of two rows.
{%- set double = customer_lifecycle.double_type() %}

with gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

dates as (

    select * from {{ ref('int_lifecycle__threshold_dates') }}

),

lengths as (

    select
        dates.as_of_date,
        case
            when gap_lengths.ended_on <= dates.as_of_date then gap_lengths.gap_days
            else {{ customer_lifecycle.days_between('gap_lengths.started_on', 'dates.as_of_date') }}
        end as gap_days,
        case when gap_lengths.ended_on <= dates.as_of_date then gap_lengths.gaps else 0 end
            as returned,
        gap_lengths.gaps
    from dates
    inner join gap_lengths on dates.as_of_date >= gap_lengths.started_on

),

with_day_zero as (

    -- Nothing can have happened on day 0 but a purchase on the date itself.
    select * from lengths
    union all
    select
        as_of_date,
        0 as gap_days,
        0 as returned,
        0 as gaps
    from dates

),

by_length as (

    select
        as_of_date,
        gap_days,
        sum(returned) as returned,
        sum(gaps) as gaps
    from with_day_zero
    group by as_of_date, gap_days

),

with_at_risk as (

    -- Gaps that lasted at least this long, and those that went on after it.
    select
        as_of_date,
        gap_days,
        returned,
        sum(gaps) over (
            partition by as_of_date
            order by gap_days desc rows between unbounded preceding and current row
        ) as at_risk,
        coalesce(sum(gaps) over (
            partition by as_of_date
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
                then ln(cast(at_risk - returned as {{ double }}) / at_risk)
            else 0
        end as log_step,
        case
            when returned < at_risk
                then
                    returned
                    / (cast(at_risk as {{ double }}) * (at_risk - returned))
            else 0
        end as greenwood_step
    from with_at_risk

),

gap_survival as (

    select
        as_of_date,
        gap_days,
        coalesce(
            lead(gap_days) over (partition by as_of_date order by gap_days), gap_days + 1
        ) as next_gap_days,
        cast(returned as bigint) as returned,
        cast(at_risk as bigint) as at_risk,
        cast(at_risk_after as bigint) as at_risk_after,
        do_all_return,
        log_step,
        greenwood_step,
        sum(do_all_return) over (
            partition by as_of_date
            order by gap_days rows between unbounded preceding and current row
        ) as days_when_all_return,
        sum(log_step) over (
            partition by as_of_date
            order by gap_days rows between unbounded preceding and current row
        ) as log_survival,
        sum(greenwood_step) over (
            partition by as_of_date
            order by gap_days rows between unbounded preceding and current row
        ) as greenwood_sum
    from with_steps

)

select * from gap_survival
