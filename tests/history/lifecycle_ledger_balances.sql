-- What closes a period opens the next; all stages together hold every customer known by then, and
-- the net amount of all orders so far. Frozen periods may know less than the orders do today.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{% if customer_lifecycle.are_built([
    'int_lifecycle__customers', 'int_lifecycle__history_periods', 'lifecycle_flow',
    'stg_lifecycle__orders',
]) -%}
with lifecycle_flow as (

    select * from {{ ref('customer_lifecycle', 'lifecycle_flow') }}

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where not is_frozen

),

orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

amounts_so_far as (

    select
        history_periods.period_end,
        sum(orders.amount) as amount
    from history_periods
    left join orders
        on
            {{ customer_lifecycle.both_known('history_periods.period_end', 'orders.ordered_on') }}
            history_periods.period_end >= orders.ordered_on
    group by history_periods.period_end

),

customers_so_far as (

    select
        history_periods.period_end,
        count(known.customer_id) as customers
    from history_periods
    left join {{ ref('int_lifecycle__customers') }} as known
        on
            {{ customer_lifecycle.both_known('history_periods.period_end', 'known.known_since') }}
            history_periods.period_end >= known.known_since
    group by history_periods.period_end

),

totals as (

    select
        period_end,
        sum(customers_closing) as customers,
        sum(amount_closing) as amount
    from lifecycle_flow
    group by period_end

),

openings as (

    select
        lifecycle_flow.lifecycle_stage,
        lifecycle_flow.period_end,
        lifecycle_flow.customers_opening,
        lifecycle_flow.amount_opening,
        history_periods.previous_period_end
    from lifecycle_flow
    inner join history_periods on lifecycle_flow.period_end = history_periods.period_end
    inner join history_periods as period_before
        on history_periods.previous_period_end = period_before.period_end

)

select
    openings.period_end,
    openings.lifecycle_stage as what_errs
from openings
inner join lifecycle_flow
    on
        openings.previous_period_end = lifecycle_flow.period_end
        and openings.lifecycle_stage = lifecycle_flow.lifecycle_stage
where
    openings.customers_opening <> lifecycle_flow.customers_closing
    or openings.amount_opening <> lifecycle_flow.amount_closing
union all
select
    totals.period_end,
    'total' as what_errs
from totals
inner join amounts_so_far on totals.period_end = amounts_so_far.period_end
inner join customers_so_far on totals.period_end = customers_so_far.period_end
where
    totals.amount <> coalesce(amounts_so_far.amount, 0)
    or totals.customers <> customers_so_far.customers
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
