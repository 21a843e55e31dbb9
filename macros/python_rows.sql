{#
  Select: the rows of a Python model, or no rows of the same columns when no models are fitted.
  `columns` are SQL types by name.
#}
{% macro python_rows(python_model, columns) -%}
    {% if var('lifecycle_purchase_models') is not false -%}
    select * from {{ ref(python_model) }}
    {%- else -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- endif %}
{%- endmacro %}
