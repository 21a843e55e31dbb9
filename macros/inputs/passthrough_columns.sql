{# The user's own x_ columns of a model, as further columns of a select. #}
{% macro passthrough_columns(model, name) -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(ref(model)) if column.name.lower().startswith('x_') -%}
, {{ name }}.{{ customer_lifecycle.quoted_name(column.name) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
