{#
  The columns of the model's contract, in its order, where only some are known: those as the SQL that
  is given by name, the others as typed nulls.
#}
{% macro columns_or_null(known) -%}
    {%- for column in model.columns.values() %}
    cast({{ known.get(column.name, 'null') }} as {{ api.Column.translate_type(column.data_type) }})
        as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
