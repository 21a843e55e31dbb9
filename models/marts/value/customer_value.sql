with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

customer_purchase_forecast as (

    select * from {{ ref('customer_purchase_forecast') }}

),

customer_value as (

    select
        customers.customer_id,
        case
            when customer_purchase_forecast.customer_id is null then 'has_not_bought'
            when customer_purchase_forecast.withheld_reason is not null
                then customer_purchase_forecast.withheld_reason
            when customer_purchase_forecast.expected_average_amount is null
                then 'no_expected_amount'
        end as withheld_reason,
        customers.net_amount as historic_amount,
        cast(
            customer_purchase_forecast.discounted_purchases_365d
            * customer_purchase_forecast.expected_average_amount
            * {{ var('lifecycle_gross_margin') }} as decimal(18, 4)
        ) as clv_365d
    from customers
    left join customer_purchase_forecast
        on customers.customer_id = customer_purchase_forecast.customer_id

)

select * from customer_value
