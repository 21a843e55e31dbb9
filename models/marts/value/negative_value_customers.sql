{{ config(enabled=customer_lifecycle.has_room('value')) }}

with customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

customer_purchase_forecast as (

    select * from {{ ref('customer_lifecycle', 'customer_purchase_forecast') }}

),

actions as (

    select * from {{ ref('lifecycle_negative_value_actions') }}

),

with_band as (

    -- What the year leaves decides, and not one period of it.
    select
        *,
        case
            when value_tier = 'negative' then 'negative'
            when
                contact_cost_365d > 0
                and net_clv_365d < clv_365d * {{ var('lifecycle_near_loss_share') }}
                then 'near_loss'
            when next_value < 0 then 'next_period'
        end as value_band
    from customer_value

),

with_reason as (

    -- The first reason that holds: what cannot be mended by contacting less goes before. Without
    -- the room markov the past and the year speak instead of the next period.
    select
        with_band.*,
        case
            when
                coalesce(
                    with_band.next_margin,
                    cast(
                        with_band.historic_amount - with_band.historic_product_cost
                        as {{ customer_lifecycle.double_type() }}
                    )
                ) < 0
                then 'negative_margin'
            when with_band.value_band = 'near_loss' then 'contact_cost_nears_margin'
            when
                customer_purchase_forecast.probability_alive
                < {{ var('lifecycle_unlikely_to_return_below') }}
                then 'unlikely_to_return'
            when
                coalesce(with_band.next_contact_cost, with_band.contact_cost_365d) > 0
                then 'contact_cost_exceeds_margin'
            else 'refunds_exceed_purchases'
        end as reason
    from with_band
    left join customer_purchase_forecast
        on with_band.customer_id = customer_purchase_forecast.customer_id
    where with_band.value_band is not null

),

negative_value_customers as (

    select
        with_reason.customer_id,
        with_reason.value_band,
        with_reason.reason,
        cast(actions.suggested_action as {{ dbt.type_string() }}) as suggested_action,
        with_reason.next_value,
        with_reason.net_clv_365d,
        with_reason.historic_value,
        with_reason.next_contact_cost
    from with_reason
    left join actions on with_reason.reason = actions.reason

)

select * from negative_value_customers
