-- How much better than a naive forecast is the chosen purchase model?
-- One row per model. `error_against_naive` is its error (RMSE) over that of the best naive
-- forecast. 0.9 is a tenth better. Near 1 or above: the data hold little but averages, so rank by
-- recency and frequency instead, and do not sell the forecasts as more than that.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with

comparison as (

    select * from {{ ref('customer_lifecycle', 'purchase_model_comparison') }}

),

best_naive as (

    select min(rmse) as rmse
    from comparison
    where model like 'naive%'

),

final as (

    select
        comparison.model,
        comparison.actual,
        comparison.predicted,
        comparison.predicted / comparison.actual as predicted_over_actual,
        comparison.rmse,
        comparison.rmse / best_naive.rmse as error_against_naive,
        comparison.is_chosen
    from comparison
    cross join best_naive

)

select * from final
order by error_against_naive, model
