-- The complete periods that history is kept for, and what the rows of each are made from: the rules
-- (vars and seeds) and the orders up to its end, counted and summed up as a number. History that
-- was made from something else is out of date.
{%- set history_periods = var('lifecycle_history_periods') %}
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

orders_by_period as (

    select
        {{ customer_lifecycle.period_start('ordered_on') }} as period_started_on,
        count(*) as orders,
        sum({{ customer_lifecycle.row_hash(['customer_id', 'ordered_on', 'amount']) }})
            as orders_hash
    from orders
    group by {{ customer_lifecycle.period_start('ordered_on') }}

),

orders_by_then as (

    select
        period_ends.period_end,
        cast(coalesce(sum(orders_by_period.orders), 0) as bigint) as orders,
        cast(coalesce(sum(orders_by_period.orders_hash), 0) as bigint) as orders_hash
    from period_ends
    left join orders_by_period
        on period_ends.period_started_on >= orders_by_period.period_started_on
    group by period_ends.period_end

),

seed_rules as (

    select
        'band ' || cast(lower_per_mille as {{ dbt.type_string() }}) || ' ' || rank_band || ' '
        || cast(own_level as {{ dbt.type_string() }}) as seed_rule
    from {{ ref('lifecycle_rank_bands') }}
    union all
    select
        'group ' || cast(lower_score as {{ dbt.type_string() }}) || ' ' || score_group || ' '
        || coalesce(cast(own_level as {{ dbt.type_string() }}), '') as seed_rule
    from {{ ref('lifecycle_score_groups') }}
    union all
    select
        'level ' || cast(silence_level as {{ dbt.type_string() }}) || ' ' || silence_status
            as seed_rule
    from {{ ref('lifecycle_silence_levels') }}

),

rules as (

    select
        {{ dbt.hash(
            dbt.listagg('seed_rule', "';'", 'order by seed_rule') ~ " || '"
            ~ dbt.escape_single_quotes(customer_lifecycle.history_rules()) ~ "'"
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
        || '-' || cast(orders_by_then.orders as {{ dbt.type_string() }})
        || '-' || cast(orders_by_then.orders_hash as {{ dbt.type_string() }}) as history_version,
        coalesce(
            {{ customer_lifecycle.days_between(
                'period_ends.period_end', 'period_ends.as_of_date'
            ) }} > cast({{ 'null' if late_arrival_days is none else late_arrival_days }} as integer),
            false
        ) as is_frozen,
        {{ 'true' if should_full_refresh() else 'false' }} as is_full_refresh
    from period_ends
    inner join orders_by_then on period_ends.period_end = orders_by_then.period_end
    cross join rules

)

select * from history_periods
