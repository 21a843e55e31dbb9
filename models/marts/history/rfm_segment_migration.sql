-- How many customers went from which RFM segment to which, from one period end to the next.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with customer_rfm_history as (

    select * from {{ ref('customer_lifecycle', 'customer_rfm_history') }}

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where previous_period_end is not null

),

with_segment_before as (

    select
        at_end.period_end,
        coalesce(at_start.rfm_segment, 'not_yet_a_customer') as from_segment,
        at_end.rfm_segment as to_segment
    from history_periods
    inner join customer_rfm_history as at_end
        on history_periods.period_end = at_end.period_end
    left join customer_rfm_history as at_start
        on
            history_periods.previous_period_end = at_start.period_end
            and at_end.customer_id = at_start.customer_id

),

moves as (

    select
        period_end,
        from_segment,
        to_segment,
        count(*) as customers
    from with_segment_before
    group by period_end, from_segment, to_segment

),

rfm_segment_migration as (

    select
        from_segment,
        to_segment,
        cast(customers as bigint) as customers,
        cast(customers as {{ var('lifecycle_double_type') }})
        / sum(customers) over (partition by period_end, from_segment) as share_of_from,
        period_end
    from moves

)

select * from rfm_segment_migration
