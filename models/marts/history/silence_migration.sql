-- How many customers went from which silence level to which, from one period end to the next.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set not_yet_a_customer = -1 %}
{%- set no_level = -2 %}

with customer_silence_history as (

    select
        customer_id,
        period_end,
        coalesce(silence_level, {{ no_level }}) as silence_level
    from {{ ref('customer_lifecycle', 'customer_silence_history') }}

),

migration as (

    {{ customer_lifecycle.migration(
        'customer_silence_history', 'silence_level', not_yet_a_customer
    ) }}

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
