-- The period ends of history that a whole horizon has followed, and what the backtest of each rests
-- on: history as it is written (frozen, it may know less than the orders do), the rules and their
-- cuts, and the orders up to the end of the horizon.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where horizon_end <= as_of_date

),

written_history as (

    select
        period_end,
        max(history_version) as history_version
    from {{ ref('int_lifecycle__customer_history') }}
    group by period_end

),

rules as (

    select
        {{ dbt.hash(
            customer_lifecycle.ordered_list(
                customer_lifecycle.row_text('rule', ['rule', 'cut']), ';', 'rule'
            ) ~ " || '" ~ var('lifecycle_backtest_horizon') ~ "'"
        ) }} as rules_hash
    from {{ ref('lifecycle_backtest_rules') }}

),

backtest_periods as (

    select
        history_periods.period_end,
        history_periods.horizon_end,
        written_history.history_version
        || '-' || {{ customer_lifecycle.rules_of('rules.rules_hash') }}
        || '-' || history_periods.horizon_version as backtest_version
    from history_periods
    inner join written_history on history_periods.period_end = written_history.period_end
    cross join rules

)

select * from backtest_periods
