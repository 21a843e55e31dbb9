-- How far each model and each naive forecast were off in the holdout, and how much worse its log
-- score is than that of the best model. The score is the logarithm of the probability that was
-- given to what each customer did; customers are independent, so the difference has a standard
-- error.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with holdout_errors as (

    select * from {{ ref('int_lifecycle__holdout_errors') }}

),

totals as (

    select
        model,
        sum(customers) as customers,
        sum(purchases) as actual,
        sum(expected_purchases) as predicted,
        sum(log_score) / sum(customers) as log_score,
        sum(score_gap) / sum(customers) as score_gap,
        sum(squared_score_gap) / sum(customers) as mean_squared_score_gap,
        sum(absolute_error) / sum(customers) as mae,
        sqrt(sum(squared_error) / sum(customers)) as rmse
    from holdout_errors
    group by model

),

model_errors as (

    select
        model,
        customers,
        actual,
        predicted,
        log_score,
        score_gap,
        case
            when score_gap is not null
                then sqrt(
                    greatest(mean_squared_score_gap - score_gap * score_gap, 0) / customers
                )
        end as score_gap_standard_error,
        mae,
        rmse
    from totals

)

select * from model_errors
