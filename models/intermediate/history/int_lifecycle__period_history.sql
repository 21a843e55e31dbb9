-- int_lifecycle__purchase_history as it was at each period end: one row per customer and period
-- end by which they had bought. The gaps are those of the one window pass: a gap that had ended by
-- then is the same today.
{{ customer_lifecycle.history_config('history', 'as_of_date') }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

periods as (

    {{ customer_lifecycle.missing_periods('as_of_date') }}

),

open_gaps as (

    select
        purchase_days.customer_id,
        periods.period_end as as_of_date,
        periods.period_started_on,
        {{ customer_lifecycle.days_between('purchase_days.purchased_on', 'periods.period_end') }}
            as open_gap_days
    from purchase_days
    inner join periods
        on
            purchase_days.purchased_on <= periods.period_end
            and (
                purchase_days.next_purchase_on is null
                or purchase_days.next_purchase_on > periods.period_end
            )

),

days_by_then as (

    select
        open_gaps.*,
        purchase_days.purchased_on,
        purchase_days.gap_days
    from open_gaps
    inner join purchase_days
        on
            open_gaps.customer_id = purchase_days.customer_id
            and open_gaps.as_of_date >= purchase_days.purchased_on

),

purchase_history as (

    {{ customer_lifecycle.purchase_history('days_by_then', for_history=true) }}

),

period_history as (

    select
        purchase_history.*,
        periods.history_version
    from purchase_history
    inner join periods on purchase_history.as_of_date = periods.period_end

)

select * from period_history
