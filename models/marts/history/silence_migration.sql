-- How many customers went from which silence level to which, from one period end to the next.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with period_moves as (

    select * from {{ ref('int_lifecycle__period_moves') }}

),

migration as (

    {{ customer_lifecycle.migration('period_moves', 'level') }}

),

silence_migration as (

    select
        cast(from_class as integer) as from_level,
        cast(to_class as integer) as to_level,
        period_end,
        customers,
        share_of_from
    from migration

)

select * from silence_migration
