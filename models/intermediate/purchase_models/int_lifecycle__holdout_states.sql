-- How many customers shared the same (x, t_x, T) at the calibration end, and the same number of
-- purchase days in the holdout.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

holdout as (

    select * from {{ ref('int_lifecycle__holdout') }}

),

customers as (

    select
        purchase_days.customer_id,
        count(
            case when purchase_days.purchased_on < holdout.holdout_start then 1 end
        ) - 1 as repeat_purchases,
        count(
            case when purchase_days.purchased_on >= holdout.holdout_start then 1 end
        ) as holdout_purchases,
        min(purchase_days.purchased_on) as first_purchase_on,
        max(
            case
                when purchase_days.purchased_on < holdout.holdout_start
                    then purchase_days.purchased_on
            end
        ) as last_purchase_on,
        max(holdout.calibration_end) as calibration_end
    from purchase_days
    cross join holdout
    group by purchase_days.customer_id

),

with_days as (

    -- Who first bought in the holdout was not known when the models were fitted.
    select
        repeat_purchases,
        holdout_purchases,
        {{ customer_lifecycle.days_between('first_purchase_on', 'last_purchase_on') }}
            as recency_days,
        {{ customer_lifecycle.days_between('first_purchase_on', 'calibration_end') }} as age_days
    from customers
    where repeat_purchases >= 0

),

holdout_states as (

    select
        repeat_purchases,
        recency_days,
        age_days,
        holdout_purchases,
        count(*) as customers
    from with_days
    group by repeat_purchases, recency_days, age_days, holdout_purchases

)

select * from holdout_states
