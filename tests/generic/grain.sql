-- One row per key: its columns are never null and no two rows agree in all of them; and further columns
-- that are never null. One test, so that a model is read once or twice and not once per column.
{% test grain(model, key, never_null=[]) %}
select
    'a key that occurs more than once' as problem,
    count(*) as rows_with_it
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1
union all
select
    'a null' as problem,
    count(*) as rows_with_it
from {{ model }}
where
    {%- for column in key + never_null %}
    {{ 'or ' if not loop.first }}{{ column }} is null
    {%- endfor %}
having count(*) > 0
{% endtest %}
