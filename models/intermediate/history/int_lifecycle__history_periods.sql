-- The complete periods that history is kept for, and what the rows of each are made from: the rules
-- (vars and seeds) and the orders and registrations up to its end, counted and summed up as a
-- number. History that was made from something else is out of date.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set history_periods = var('lifecycle_history_periods') | int %}
{%- set late_arrival_days = var('lifecycle_late_arrival_days', none) %}
{%- set horizon_days = var('lifecycle_backtest_horizon') %}

with as_of as (

    select
        as_of_date,
        first_order_on,
        cast({{ dbt.dateadd('day', 1, 'as_of_date') }} as date) as day_after
    from {{ ref('lifecycle_as_of') }}

),

orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

registrations as (

    {{ customer_lifecycle.registrations() }}

),

numbers as (

    {% for number in range(1, history_periods + 1) %}
    select {{ number }} as periods_back
    union all
    {% endfor %}
    select 0 as periods_back

),

periods as (

    -- The period of the day after the as-of date is the first that is not complete.
    select
        numbers.periods_back,
        as_of.as_of_date,
        {{ customer_lifecycle.add_periods(
            '-numbers.periods_back', customer_lifecycle.period_start('as_of.day_after')
        ) }} as period_started_on,
        {{ customer_lifecycle.add_periods(
            '1 - numbers.periods_back', customer_lifecycle.period_start('as_of.day_after')
        ) }} as next_period_started_on
    from as_of
    cross join numbers
    where numbers.periods_back > 0

),

period_ends as (

    select
        periods.*,
        cast({{ dbt.dateadd('day', -1, 'periods.next_period_started_on') }} as date) as period_end,
        cast({{ dbt.dateadd('day', horizon_days - 1, 'periods.next_period_started_on') }} as date)
            as horizon_end
    from periods
    inner join as_of on periods.next_period_started_on > as_of.first_order_on

),

row_hashes as (

    select
        ordered_on as happened_on,
        1 as orders,
        {{ customer_lifecycle.row_hash(['customer_id', 'ordered_on', 'amount']) }} as row_hash
    from orders
    union all
    select
        registered_on as happened_on,
        0 as orders,
        {{ customer_lifecycle.row_hash(['customer_id', 'registered_on']) }} as row_hash
    from registrations

),

rows_by_day as (

    select
        happened_on,
        sum(orders) as orders,
        sum(row_hash) as row_hashes
    from row_hashes
    group by happened_on

),

rows_by_then as (

    -- Up to the period end, and up to the end of the horizon that the backtest looks at.
    select
        period_ends.period_end,
        sum(
            case when rows_by_day.happened_on <= period_ends.period_end then rows_by_day.orders end
        ) as orders,
        sum(
            case
                when rows_by_day.happened_on <= period_ends.period_end then rows_by_day.row_hashes
            end
        ) as row_hashes,
        sum(rows_by_day.orders) as orders_of_horizon,
        sum(rows_by_day.row_hashes) as row_hashes_of_horizon
    from period_ends
    left join rows_by_day
        on
            {{ customer_lifecycle.both_known(
                'period_ends.horizon_end', 'rows_by_day.happened_on'
            ) }}
            period_ends.horizon_end >= rows_by_day.happened_on
    group by period_ends.period_end

),

seed_rules as (

    {{ customer_lifecycle.seed_rules() }}

),

rules as (

    select
        {{ dbt.hash(
            customer_lifecycle.ordered_list('rule_value', ';', 'rule_name') ~ " || '"
            ~ dbt.escape_single_quotes(customer_lifecycle.var_rules().values() | join(';')) ~ "'"
        ) }} as rules_hash
    from seed_rules

),

with_versions as (

    select
        period_ends.*,
        {{ customer_lifecycle.rules_of('rules.rules_hash') }}
        || '-' || {{ customer_lifecycle.sum_text('rows_by_then.orders') }}
        || '-' || {{ customer_lifecycle.sum_text('rows_by_then.row_hashes') }} as history_version,
        {{ customer_lifecycle.sum_text('rows_by_then.orders_of_horizon') }}
        || '-' || {{ customer_lifecycle.sum_text('rows_by_then.row_hashes_of_horizon') }}
            as horizon_version
    from period_ends
    inner join rows_by_then on period_ends.period_end = rows_by_then.period_end
    cross join rules

),

history_periods as (

    select
        with_versions.period_end,
        with_versions.period_started_on,
        lag(with_versions.period_end) over (order by with_versions.period_end)
            as previous_period_end,
        with_versions.as_of_date,
        with_versions.periods_back,
        with_versions.history_version,
        with_versions.horizon_end,
        with_versions.horizon_version,
        coalesce(
            {{ customer_lifecycle.days_between(
                'with_versions.period_end', 'with_versions.as_of_date'
            ) }} > cast({{ 'null' if late_arrival_days is none else late_arrival_days }} as integer),
            false
        ) as is_frozen,
        {{ 'true' if should_full_refresh() else 'false' }} as is_full_refresh
    from with_versions

)

select * from history_periods
