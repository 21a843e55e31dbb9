{# The value of a column in the row that comes first (or last) by others, as an aggregate; null when it
   is null there. #}
{% macro first_by(column, order_by) %}
    {{- return(adapter.dispatch('first_by', 'customer_lifecycle')(column, order_by)) -}}
{% endmacro %}

{% macro last_by(column, order_by) %}
    {{- return(adapter.dispatch('last_by', 'customer_lifecycle')(column, order_by)) -}}
{% endmacro %}

{% macro default__first_by(column, order_by) -%}
    min_by({{ column }}, struct({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro default__last_by(column, order_by) -%}
    max_by({{ column }}, struct({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro duckdb__first_by(column, order_by) -%}
    arg_min_null({{ column }}, row({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro duckdb__last_by(column, order_by) -%}
    arg_max_null({{ column }}, row({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro postgres__first_by(column, order_by) -%}
    (array_agg({{ column }} order by {{ order_by | join(', ') }}))[1]
{%- endmacro %}

{% macro postgres__last_by(column, order_by) -%}
    (array_agg({{ column }} order by {{ order_by | join(' desc, ') }} desc))[1]
{%- endmacro %}
