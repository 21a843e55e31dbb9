{# The value of a var that may be null, as SQL. #}
{% macro number_or_null(name) -%}
    {{ 'null' if var(name, none) is none else var(name) }}
{%- endmacro %}
