-- How surprising the difference is between those who fell silent and those who stayed, by signal;
-- no rows when no Python models are built.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}

with onset_p_values as (

    {{ customer_lifecycle.python_rows('int_lifecycle__onset_signal_tests', {
        'signal': dbt.type_string(), 'p_value': customer_lifecycle.double_type(),
    }) }}

)

select * from onset_p_values
