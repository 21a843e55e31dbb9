-- Each stay of a customer in a lifecycle stage, as the period ends show it: from the first period
-- end in the stage to the first in another one.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with customer_lifecycle_history as (

    select * from {{ ref('customer_lifecycle', 'customer_lifecycle_history') }}

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

),

window_of_history as (

    select min(period_end) as first_period_end
    from history_periods

),

with_stage_before as (

    select
        customer_id,
        lifecycle_stage,
        period_end,
        lag(lifecycle_stage) over (partition by customer_id order by period_end)
            as previous_stage
    from customer_lifecycle_history

),

stage_starts as (

    select
        with_stage_before.customer_id,
        with_stage_before.lifecycle_stage,
        with_stage_before.previous_stage,
        with_stage_before.period_end as started_on,
        history_periods.periods_back
    from with_stage_before
    inner join history_periods on with_stage_before.period_end = history_periods.period_end
    where
        with_stage_before.previous_stage is null
        or with_stage_before.lifecycle_stage <> with_stage_before.previous_stage

),

with_next_start as (

    select
        *,
        lead(started_on) over (partition by customer_id order by started_on) as ended_on,
        lead(periods_back) over (partition by customer_id order by started_on)
            as ended_periods_back
    from stage_starts

),

stage_spells as (

    select
        with_next_start.customer_id,
        with_next_start.lifecycle_stage,
        with_next_start.previous_stage,
        with_next_start.started_on,
        with_next_start.ended_on,
        -- Periods from its start to its end, or to the last period end when it goes on.
        with_next_start.periods_back - coalesce(with_next_start.ended_periods_back, 1) as periods,
        -- What history begins with may have begun long before.
        with_next_start.started_on > window_of_history.first_period_end as is_start_known
    from with_next_start
    cross join window_of_history

)

select * from stage_spells
