-- Who has fallen silent between the last period end but one and the last one?
-- One row per customer, the most valuable first. Few rows: the base is calm. Many at once: look for
-- a cause that they share (a channel, a product, a price) before writing to each.
{{ config(
    enabled=customer_lifecycle.has_room('history') and customer_lifecycle.has_room('value')
) }}

with

history as (

    select * from {{ ref('customer_lifecycle', 'customer_silence_history') }}

),

customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

with_previous as (

    select
        customer_id,
        silence_status,
        days_since_last_purchase,
        max_gap_days,
        period_end,
        lag(silence_status) over (
            partition by customer_id
            order by period_end
        ) as previous_status,
        max(period_end) over () as last_period_end
    from history

),

final as (

    select
        with_previous.customer_id,
        with_previous.previous_status,
        with_previous.days_since_last_purchase,
        with_previous.max_gap_days,
        customer_value.historic_value,
        customer_value.clv_365d,
        with_previous.period_end
    from with_previous
    inner join customer_value
        on with_previous.customer_id = customer_value.customer_id
    where
        with_previous.period_end = with_previous.last_period_end
        and with_previous.silence_status = 'silent'
        and with_previous.previous_status <> 'silent'

)

select * from final
order by historic_value desc, customer_id asc
