-- How surprising the difference is between those who fell silent and those who stayed, by signal;
-- no rows when no Python models are built.
{{ config(materialized='view') }}

with onset_p_values as (

    {% if var('lifecycle_purchase_models') is not false -%}
    select * from {{ ref('int_lifecycle__onset_signal_tests') }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as signal,
        cast(null as {{ var('lifecycle_double_type') }}) as p_value
    where false
    {%- endif %}

)

select * from onset_p_values
