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

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where previous_period_end is not null

),

moves as (

    select
        at_end.period_end,
        coalesce(at_start.silence_level, {{ not_yet_a_customer }}) as from_level,
        at_end.silence_level as to_level,
        count(*) as customers
    from history_periods
    inner join customer_silence_history as at_end
        on history_periods.period_end = at_end.period_end
    left join customer_silence_history as at_start
        on
            history_periods.previous_period_end = at_start.period_end
            and at_end.customer_id = at_start.customer_id
    group by
        at_end.period_end,
        coalesce(at_start.silence_level, {{ not_yet_a_customer }}),
        at_end.silence_level

),

silence_migration as (

    select
        cast(from_level as integer) as from_level,
        cast(to_level as integer) as to_level,
        cast(customers as bigint) as customers,
        cast(customers as {{ var('lifecycle_double_type') }})
        / sum(customers) over (partition by period_end, from_level) as share_of_from,
        period_end
    from moves

)

select * from silence_migration
