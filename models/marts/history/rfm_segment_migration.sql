-- How many customers went from which RFM segment to which, from one period end to the next.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with period_moves as (

    select * from {{ ref('int_lifecycle__period_moves') }}

),

migration as (

    {{ customer_lifecycle.migration('period_moves', 'segment') }}

),

rfm_segment_migration as (

    select
        from_class as from_segment,
        to_class as to_segment,
        period_end,
        customers,
        share_of_from
    from migration

)

select * from rfm_segment_migration
