{#
  The value of a column in the row that comes first (or last) by others, as an aggregate; null when it
  is null there. The aggregate is over what rows_in_order gives.
#}
{% macro first_by(column, order_by) %}
    {{- return(adapter.dispatch('first_by', 'customer_lifecycle')(column, order_by)) -}}
{% endmacro %}

{% macro last_by(column, order_by) %}
    {{- return(adapter.dispatch('last_by', 'customer_lifecycle')(column, order_by)) -}}
{% endmacro %}

{# The rows of a relation, numbered within the columns of `by` where no aggregate knows an order. #}
{% macro rows_in_order(rows, by, order_by) %}
    {{- return(adapter.dispatch('rows_in_order', 'customer_lifecycle')(rows, by, order_by)) -}}
{% endmacro %}


{% macro default__first_by(column, order_by) -%}
    max(case when number_from_first = 1 then {{ column }} end)
{%- endmacro %}

{% macro default__last_by(column, order_by) -%}
    max(case when number_from_last = 1 then {{ column }} end)
{%- endmacro %}

{% macro default__rows_in_order(rows, by, order_by) -%}
    (
        select
            *,
            row_number() over (
                partition by {{ by | join(', ') }} order by {{ order_by | join(', ') }}
            ) as number_from_first,
            row_number() over (
                partition by {{ by | join(', ') }} order by {{ order_by | join(' desc, ') }} desc
            ) as number_from_last
        from {{ rows }}
    ) as rows_in_order
{%- endmacro %}


{% macro duckdb__first_by(column, order_by) -%}
    arg_min_null({{ column }}, row({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro duckdb__last_by(column, order_by) -%}
    arg_max_null({{ column }}, row({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro duckdb__rows_in_order(rows, by, order_by) %}{% do return(rows) %}{% endmacro %}


{# Databricks takes Spark's. #}
{% macro spark__first_by(column, order_by) -%}
    min_by({{ column }}, struct({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro spark__last_by(column, order_by) -%}
    max_by({{ column }}, struct({{ order_by | join(', ') }}))
{%- endmacro %}

{% macro spark__rows_in_order(rows, by, order_by) %}{% do return(rows) %}{% endmacro %}


{% macro postgres__first_by(column, order_by) -%}
    (array_agg({{ column }} order by {{ order_by | join(', ') }}))[1]
{%- endmacro %}

{% macro postgres__last_by(column, order_by) -%}
    (array_agg({{ column }} order by {{ order_by | join(' desc, ') }} desc))[1]
{%- endmacro %}

{% macro postgres__rows_in_order(rows, by, order_by) %}{% do return(rows) %}{% endmacro %}


{# Not PostgreSQL's: Redshift has no arrays. #}
{% macro redshift__first_by(column, order_by) %}
    {%- do return(customer_lifecycle.default__first_by(column, order_by)) -%}
{% endmacro %}

{% macro redshift__last_by(column, order_by) %}
    {%- do return(customer_lifecycle.default__last_by(column, order_by)) -%}
{% endmacro %}

{% macro redshift__rows_in_order(rows, by, order_by) %}
    {%- do return(customer_lifecycle.default__rows_in_order(rows, by, order_by)) -%}
{% endmacro %}
