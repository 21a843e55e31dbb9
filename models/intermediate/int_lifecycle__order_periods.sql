-- What the orders of each customer came to in each period, refunds included.
with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

order_periods as (

    select
        customer_id,
        {{ customer_lifecycle.period_start('ordered_on') }} as period_started_on,
        cast(count(
            case when amount >= {{ var('lifecycle_minimum_purchase_amount') }} then 1 end
        ) as integer) as purchases,
        cast(coalesce(sum(
            case when amount >= {{ var('lifecycle_minimum_purchase_amount') }} then amount end
        ), 0) as decimal(18, 4)) as purchase_amount,
        cast(sum(amount) as decimal(18, 4)) as net_amount
    from orders
    group by customer_id, {{ customer_lifecycle.period_start('ordered_on') }}

)

select * from order_periods
