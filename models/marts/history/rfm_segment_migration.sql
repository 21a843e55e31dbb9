-- How many customers went from which RFM segment to which, from one period end to the next.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with customer_rfm_history as (

    select * from {{ ref('customer_lifecycle', 'customer_rfm_history') }}

),

migration as (

    {{ customer_lifecycle.migration(
        'customer_rfm_history', 'rfm_segment', "'not_yet_a_customer'"
    ) }}

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
