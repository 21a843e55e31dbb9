-- How many customers went from which stage to which between two period ends, and their net amount
-- at both: what the ledger of the lifecycle is made from.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with customer_lifecycle_history as (

    select * from {{ ref('customer_lifecycle', 'customer_lifecycle_history') }}

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where previous_period_end is not null

),

customers as (

    select
        at_end.period_end,
        coalesce(at_start.lifecycle_stage, 'not_known') as from_stage,
        at_end.lifecycle_stage as to_stage,
        coalesce(at_start.net_amount, 0) as amount_before,
        at_end.net_amount as amount_after
    from history_periods
    inner join customer_lifecycle_history as at_end
        on history_periods.period_end = at_end.period_end
    left join customer_lifecycle_history as at_start
        on
            history_periods.previous_period_end = at_start.period_end
            and at_end.customer_id = at_start.customer_id

),

stage_moves as (

    select
        period_end,
        from_stage,
        to_stage,
        count(*) as customers,
        cast(sum(amount_before) as {{ var('lifecycle_money_type') }}) as amount_before,
        cast(sum(amount_after) as {{ var('lifecycle_money_type') }}) as amount_after
    from customers
    group by period_end, from_stage, to_stage

)

select * from stage_moves
