-- What each model, and each naive forecast, expected in the holdout of the customers who had bought
-- as often, how far it was off, and what happened; empty when no models are fitted.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = customer_lifecycle.double_type() %}

with holdout_errors as (

    {{ customer_lifecycle.python_rows('int_lifecycle__holdout_sums', {
        'model': dbt.type_string(), 'repeat_purchases': 'bigint', 'customers': 'bigint',
        'purchases': 'bigint', 'expected_purchases': double, 'expected_returned': double,
        'absolute_error': double, 'squared_error': double, 'log_score': double,
        'score_gap': double, 'squared_score_gap': double,
    }) }}

)

select * from holdout_errors
