-- How much better the models of each segment fit than those of all customers; empty when no models
-- are fitted or lifecycle_model_segment splits nothing.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = customer_lifecycle.double_type() %}

with model_splits as (

    {{ customer_lifecycle.python_rows('int_lifecycle__split_tests', {
        'model': dbt.type_string(), 'segment': dbt.type_string(), 'customers': 'bigint',
        'is_fitted_separately': 'boolean', 'log_likelihood': double, 'log_likelihood_pooled': double,
        'statistic': double, 'p_value': double, 'bic_gain': double, 'degrees_of_freedom': 'bigint',
    }, customer_lifecycle.models_are_split()) }}

)

select * from model_splits
