-- How many customers went from where to where between two period ends, in lifecycle stages, silence
-- levels and RFM segments at once, and their net amount at both. One join of the customers with
-- themselves; the marts of moves count on from here.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set not_yet_a_customer, no_level = -1, -2 %}

with history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where previous_period_end is not null

),

customer_history as (

    select * from {{ ref('int_lifecycle__customer_history') }}

),

customers as (

    select
        at_end.period_end,
        coalesce(at_start.lifecycle_stage, 'not_known') as from_stage,
        at_end.lifecycle_stage as to_stage,
        case
            when at_start.purchase_days is null then {{ not_yet_a_customer }}
            else coalesce(at_start.silence_level, {{ no_level }})
        end as from_level,
        case
            when at_end.purchase_days is null then {{ not_yet_a_customer }}
            else coalesce(at_end.silence_level, {{ no_level }})
        end as to_level,
        coalesce(at_start.rfm_segment, 'not_yet_a_customer') as from_segment,
        at_end.rfm_segment as to_segment,
        coalesce(at_start.net_amount, 0) as amount_before,
        at_end.net_amount as amount_after
    from history_periods
    inner join customer_history as at_end
        on history_periods.period_end = at_end.period_end
    left join customer_history as at_start
        on
            history_periods.previous_period_end = at_start.period_end
            and at_end.customer_id = at_start.customer_id

),

period_moves as (

    select
        period_end,
        from_stage,
        to_stage,
        cast(from_level as integer) as from_level,
        cast(to_level as integer) as to_level,
        from_segment,
        to_segment,
        count(*) as customers,
        cast(sum(amount_before) as {{ var('lifecycle_money_type') }}) as amount_before,
        cast(sum(amount_after) as {{ var('lifecycle_money_type') }}) as amount_after
    from customers
    group by
        period_end, from_stage, to_stage, from_level, to_level, from_segment, to_segment

)

select * from period_moves
