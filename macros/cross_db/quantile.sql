{# Quantile with linear interpolation, as an aggregate; nulls are left out. #}
{% macro quantile(column, share) %}
    {{- return(adapter.dispatch('quantile', 'customer_lifecycle')(column, share)) -}}
{% endmacro %}

{% macro default__quantile(column, share) -%}
    percentile_cont({{ share }}) within group (
        order by cast({{ column }} as {{ var('lifecycle_double_type') }})
    )
{%- endmacro %}

{% macro duckdb__quantile(column, share) -%}
    quantile_cont(cast({{ column }} as double), {{ share }})
{%- endmacro %}
