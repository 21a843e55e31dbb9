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

with_reason as (

    -- The first reason that holds: what cannot be mended by contacting less goes before. Without
    -- the room markov the past and the year speak instead of the next period.
    select
        customer_value.*,
        case
            when
                coalesce(
                    customer_value.next_margin,
                    cast(
                        customer_value.historic_amount - customer_value.historic_product_cost
                        as {{ customer_lifecycle.double_type() }}
                    )
                ) < 0
                then 'negative_margin'
            when
                customer_purchase_forecast.probability_alive
                < {{ var('lifecycle_unlikely_to_return_below') }}
                then 'unlikely_to_return'
            when
                coalesce(customer_value.next_contact_cost, customer_value.contact_cost_365d) > 0
                then 'contact_cost_exceeds_margin'
            else 'refunds_exceed_purchases'
        end as reason
    from customer_value
    left join customer_purchase_forecast
        on customer_value.customer_id = customer_purchase_forecast.customer_id
    where customer_value.value_tier = 'negative' or customer_value.next_value < 0

),

negative_value_customers as (

    select
        with_reason.customer_id,
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
