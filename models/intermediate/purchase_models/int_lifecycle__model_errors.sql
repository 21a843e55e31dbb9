-- How far each model and each naive forecast were off in the holdout, and how much worse its log
-- score is than that of the best model. The score is the logarithm of the probability that was
-- given to what each customer did; customers are independent, so the difference has a standard
-- error.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with predictions as (

    select * from {{ ref('int_lifecycle__holdout_predictions') }}

),

model_errors as (

    select
        model,
        sum(customers) as customers,
        sum(customers * holdout_purchases) as actual,
        sum(customers * expected_purchases) as predicted,
        sum(customers * log_score) / sum(customers) as log_score,
        sum(customers * abs(expected_purchases - holdout_purchases)) / sum(customers) as mae,
        sqrt(
            sum(
                customers
                * (expected_purchases - holdout_purchases)
                * (expected_purchases - holdout_purchases)
            ) / sum(customers)
        ) as rmse
    from predictions
    group by model

),

best_model as (

    select max(model) as model from model_errors
    where log_score = (
        select max(models.log_score) from model_errors as models
        where models.model not like 'naive%'
    ) and model not like 'naive%'

),

of_best as (

    select predictions.* from predictions
    inner join best_model on predictions.model = best_model.model

),

differences as (

    select
        predictions.model,
        predictions.customers,
        of_best.log_score - predictions.log_score as score_gap
    from predictions
    inner join of_best
        on
            predictions.repeat_purchases = of_best.repeat_purchases
            and predictions.recency_days = of_best.recency_days
            and predictions.age_days = of_best.age_days
            and predictions.gap_class = of_best.gap_class
            and predictions.holdout_purchases = of_best.holdout_purchases

),

score_gaps as (

    select
        model,
        sum(customers) as customers,
        sum(customers * score_gap) / sum(customers) as score_gap,
        sum(customers * score_gap * score_gap) / sum(customers) as mean_square
    from differences
    group by model

),

with_score_gap as (

    select
        model_errors.model,
        model_errors.customers,
        model_errors.actual,
        model_errors.predicted,
        model_errors.log_score,
        score_gaps.score_gap,
        case
            when score_gaps.score_gap is not null
                then sqrt(
                    greatest(
                        score_gaps.mean_square - score_gaps.score_gap * score_gaps.score_gap, 0
                    ) / score_gaps.customers
                )
        end as score_gap_standard_error,
        model_errors.mae,
        model_errors.rmse
    from model_errors
    left join score_gaps on model_errors.model = score_gaps.model

)

select * from with_score_gap
