-- How readily those with a trait drop out, beside the others; no rows where nothing is fitted.
{{ config(materialized='view', enabled=customer_lifecycle.has_drivers()) }}
{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}

with driver_results as (

    {{ customer_lifecycle.python_rows('int_lifecycle__driver_tests', {
        'trait': text, 'trait_value': text, 'model': text, 'dropout': double,
        'dropout_of_others': double, 'dropout_ratio': double, 'dropout_ratio_low': double,
        'dropout_ratio_high': double, 'statistic': double, 'p_value': double,
        'not_tested_reason': text,
    }) }}

)

select * from driver_results
