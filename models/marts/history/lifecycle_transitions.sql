-- How many customers went from which lifecycle stage to which, from one period end to the next.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with stage_moves as (

    select * from {{ ref('int_lifecycle__stage_moves') }}

),

lifecycle_transitions as (

    select
        from_stage,
        to_stage,
        period_end,
        cast(customers as bigint) as customers,
        cast(customers as {{ customer_lifecycle.double_type() }})
        / sum(customers) over (partition by period_end, from_stage) as share_of_from
    from stage_moves

)

select * from lifecycle_transitions
