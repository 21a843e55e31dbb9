-- One row per key: its columns are never null (but those that may be) and no two rows agree in all of
-- them. Beside it, columns that are unique by themselves and columns that are never null. One test for
-- all, so that a model is not read once per column.
{% test grain(model, key, also_unique=[], never_null=[], may_be_null=[]) %}
{%- set relation = customer_lifecycle.tested(model) %}
{%- for columns in [key | join(', ')] + also_unique %}
select
    '{{ columns }} more than once' as problem,
    count(*) as rows_with_it
from {{ relation }}
group by {{ columns }}
having count(*) > 1
union all
{%- endfor %}
select
    'null' as problem,
    count(*) as rows_with_it
from {{ relation }}
where
    {%- for column in key + also_unique + never_null if column not in may_be_null %}
    {{ 'or ' if not loop.first }}{{ column }} is null
    {%- endfor %}
having count(*) > 0
{% endtest %}
