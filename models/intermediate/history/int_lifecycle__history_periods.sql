-- The complete periods that history is kept for, and what the rows of each are made from: the rules
-- (vars and seeds) and the orders and registrations up to its end, counted and summed up as a
-- number. History that was made from something else is out of date.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set history_periods = var('lifecycle_history_periods') | int %}
{%- set late_arrival_days = var('lifecycle_late_arrival_days', none) %}

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
        cast({{ dbt.dateadd('day', -1, 'periods.next_period_started_on') }} as date) as period_end
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

rows_by_period as (

    select
        {{ customer_lifecycle.period_start('happened_on') }} as period_started_on,
        sum(orders) as orders,
        sum(row_hash) as row_hashes
    from row_hashes
    group by {{ customer_lifecycle.period_start('happened_on') }}

),

rows_by_then as (

    select
        period_ends.period_end,
        cast(coalesce(sum(rows_by_period.orders), 0) as bigint) as orders,
        cast(coalesce(sum(rows_by_period.row_hashes), 0) as bigint) as row_hashes
    from period_ends
    left join rows_by_period
        on
            {{ customer_lifecycle.both_known(
                'period_ends.period_started_on', 'rows_by_period.period_started_on'
            ) }}
            period_ends.period_started_on >= rows_by_period.period_started_on
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

history_periods as (

    select
        period_ends.period_end,
        period_ends.period_started_on,
        lag(period_ends.period_end) over (order by period_ends.period_end) as previous_period_end,
        period_ends.as_of_date,
        period_ends.periods_back,
        {{ customer_lifecycle.rules_of('rules.rules_hash') }}
        || '-' || cast(rows_by_then.orders as {{ dbt.type_string() }})
        || '-' || cast(rows_by_then.row_hashes as {{ dbt.type_string() }}) as history_version,
        coalesce(
            {{ customer_lifecycle.days_between(
                'period_ends.period_end', 'period_ends.as_of_date'
            ) }} > cast({{ 'null' if late_arrival_days is none else late_arrival_days }} as integer),
            false
        ) as is_frozen,
        {{ 'true' if should_full_refresh() else 'false' }} as is_full_refresh
    from period_ends
    inner join rows_by_then on period_ends.period_end = rows_by_then.period_end
    cross join rules

)

select * from history_periods
