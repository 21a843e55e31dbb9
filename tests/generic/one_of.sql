-- Columns that hold some of these values and no others, or null. One test per model.
{% test one_of(model, values) %}
select *
from {{ customer_lifecycle.tested(model) }}
where
    {%- for column, allowed in values.items() %}
    {{ 'or ' if not loop.first }}{{ column }} not in (
        {%- for value in allowed -%}
        {{ value if value is number else "'" ~ value ~ "'" }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
    {%- endfor %}
{% endtest %}
