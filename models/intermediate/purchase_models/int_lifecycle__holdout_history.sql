-- One row per customer of the calibration: the purchase history as it was known at its end, the
-- class of the open gap then, and what came in the holdout.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

holdout as (

    select * from {{ ref('int_lifecycle__holdout') }}

),

known_days as (

    -- Who first bought in the holdout was not known when the models were fitted.
    select
        purchase_days.customer_id,
        purchase_days.purchased_on,
        purchase_days.gap_days,
        purchase_days.amount,
        holdout.calibration_end as as_of_date,
        holdout.calibration_end as period_started_on,
        {{ customer_lifecycle.days_between(
            'max(purchase_days.purchased_on) over (partition by purchase_days.customer_id)',
            'holdout.calibration_end'
        ) }} as open_gap_days
    from purchase_days
    cross join holdout
    where purchase_days.purchased_on <= holdout.calibration_end

),

known_history as (

    {{ customer_lifecycle.purchase_history('known_days') }}

),

gap_cuts as (

    {{ customer_lifecycle.gap_cuts('known_days') }}

),

later as (

    select
        purchase_days.customer_id,
        count(*) as holdout_purchases,
        count(case when purchase_days.amount > 0 then 1 end) as holdout_paid_days,
        sum(purchase_days.amount) as holdout_amount
    from purchase_days
    cross join holdout
    where purchase_days.purchased_on > holdout.calibration_end
    group by purchase_days.customer_id

),

holdout_history as (

    select
        known_history.*,
        {{ customer_lifecycle.gap_class('known_history', 'gap_cuts') }} as gap_class,
        coalesce(later.holdout_purchases, 0) as holdout_purchases,
        coalesce(later.holdout_paid_days, 0) as holdout_paid_days,
        cast(coalesce(later.holdout_amount, 0) as {{ var('lifecycle_money_type') }})
            as holdout_amount
    from known_history
    cross join gap_cuts
    left join later on known_history.customer_id = later.customer_id

)

select * from holdout_history
