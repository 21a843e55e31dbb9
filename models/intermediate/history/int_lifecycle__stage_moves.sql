-- How many customers went from which stage to which between two period ends, and their net amount
-- at both: what the ledger of the lifecycle is made from.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with period_moves as (

    select * from {{ ref('int_lifecycle__period_moves') }}

),

stage_moves as (

    select
        period_end,
        from_stage,
        to_stage,
        sum(customers) as customers,
        cast(sum(amount_before) as {{ var('lifecycle_money_type') }}) as amount_before,
        cast(sum(amount_after) as {{ var('lifecycle_money_type') }}) as amount_after
    from period_moves
    group by period_end, from_stage, to_stage

)

select * from stage_moves
