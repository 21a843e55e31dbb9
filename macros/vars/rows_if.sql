{#
  Select: the rows of a model, or no rows of the same columns where it is not in the graph. `columns`
  are SQL types by name.
#}
{% macro rows_if(is_there, model, columns) -%}
    {% if is_there -%}
    select {{ columns.keys() | join(', ') }} from {{ ref('customer_lifecycle', model) }}
    {%- else -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as number) as no_row
    where false
    {%- endif %}
{%- endmacro %}
