-- Columns that are never null, together.
{% test never_null(model, columns) %}
select *
from {{ customer_lifecycle.tested(model) }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} is null
    {%- endfor %}
{% endtest %}
