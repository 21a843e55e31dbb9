-- At each period end the moves add up to all who had bought by then, and to all who had a level at
-- the period end before; the shares of each level add up to 1. Customers of a frozen period may
-- have been merged since.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{% if customer_lifecycle.are_built([
    'customer_silence_history', 'int_lifecycle__history_periods', 'silence_migration',
]) -%}
with moves as (

    select
        period_end,
        sum(customers) as customers,
        sum(case when from_level <> -1 then customers else 0 end) as customers_before,
        sum(share_of_from) as share_sum,
        count(distinct from_level) as from_levels
    from {{ ref('customer_lifecycle', 'silence_migration') }}
    group by period_end

),

history as (

    select
        period_end,
        count(*) as customers
    from {{ ref('customer_lifecycle', 'customer_silence_history') }}
    group by period_end

),

periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where not is_frozen

),

history_periods as (

    select periods.*
    from periods
    inner join periods as period_before
        on periods.previous_period_end = period_before.period_end

)

select
    history_periods.period_end,
    moves.customers,
    history.customers as customers_in_history
from history_periods
left join moves on history_periods.period_end = moves.period_end
left join history on history_periods.period_end = history.period_end
left join history as history_before
    on history_periods.previous_period_end = history_before.period_end
where
    coalesce(moves.customers, 0) <> coalesce(history.customers, 0)
    or coalesce(moves.customers_before, 0) <> coalesce(history_before.customers, 0)
    or abs(moves.share_sum - moves.from_levels) > 1e-9
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
