{# The value of a var that may be null, as SQL. #}
{% macro number_or_null(name) -%}
    {{ 'null' if var(name, none) is none else var(name) }}
{%- endmacro %}


{# The value of a var, to calculate with; 0 where it is no number, which config_check says. (dbt v2 stops
   at `float` of such a text.) #}
{% macro number_or_zero(name) %}
    {% set value = var(name, none) %}
    {% do return(value | float if value is number else 0) %}
{% endmacro %}
