-- The purchases of a customer on one calendar day, merged, with the gap since the day before it.
-- The only window pass over the purchase history: whatever asks about gaps reads this table.
with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}

),

days as (

    select
        customer_id,
        ordered_on as purchased_on,
        count(case when amount < 0 then 1 end) as refunds,
        count(
            case when amount >= {{ var('lifecycle_minimum_purchase_amount') }} then 1 end
        ) as purchases,
        cast(
            sum(
                case
                    when amount < 0 or amount >= {{ var('lifecycle_minimum_purchase_amount') }}
                        then amount
                end
            ) as {{ var('lifecycle_money_type') }}
        ) as amount
    from orders
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)
    group by customer_id, ordered_on

),

purchase_days as (

    -- What was given back on the same day was not bought: a day that nets to nothing is none.
    select
        customer_id,
        purchased_on,
        amount
    from days
    where purchases > 0 and (refunds = 0 or amount > 0)

),

with_gaps as (

    select
        customer_id,
        purchased_on,
        amount,
        {% if customer_lifecycle.has_room('history') -%}
        cast(row_number() over (partition by customer_id order by purchased_on) as integer)
            as purchase_number,
        {% endif -%}
        {{ customer_lifecycle.days_between(
            'lag(purchased_on) over (partition by customer_id order by purchased_on)', 'purchased_on'
        ) }} as gap_days,
        lead(purchased_on) over (partition by customer_id order by purchased_on)
            as next_purchase_on,
        max(purchased_on) over (partition by customer_id) as last_purchase_on
    from purchase_days

)

select * from with_gaps
