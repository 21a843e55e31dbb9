-- How far both readings of the spend model were off in the holdout: the mean amount of each
-- customer's paid days in it, as it came and as it was expected from the days before.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

{%- set double = customer_lifecycle.double_type() %}

with holdout_spend as (

    select * from {{ ref('int_lifecycle__holdout_spend') }}
    where holdout_paid_days > 0

),

calibration_parameters as (

    select * from {{ ref('int_lifecycle__calibration_parameters') }}

),

spend_parameters as (

    {{ customer_lifecycle.spend_parameters('calibration_parameters') }}

),

predictions as (

    select
        holdout_spend.spend_model,
        holdout_spend.purchase_days,
        cast(holdout_spend.holdout_amount as {{ double }}) / holdout_spend.holdout_paid_days
            as actual_amount,
        {{ customer_lifecycle.expected_amount(
            'spend_parameters', 'holdout_spend.spend_days',
            'cast(holdout_spend.spend_amount as ' ~ double ~ ')'
        ) }} as expected_amount
    from holdout_spend
    inner join spend_parameters on holdout_spend.spend_model = spend_parameters.spend_model

),

spend_errors as (

    select
        spend_model,
        count(*) as customers,
        count(case when purchase_days = 1 then 1 end) as one_time_buyers,
        avg(actual_amount) as actual_mean,
        avg(expected_amount) as expected_mean,
        avg(abs(expected_amount - actual_amount)) as mae,
        avg(case when purchase_days = 1 then abs(expected_amount - actual_amount) end)
            as mae_one_time_buyers
    from predictions
    group by spend_model

)

select * from spend_errors
