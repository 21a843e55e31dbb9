-- Every combination of the values of two columns occurs exactly once. With dbt's --empty no seed has rows.
{% test covers_every_combination(model, first, first_values, second, second_values) %}
with expected as (
    {% for first_value in first_values -%}
    {% set is_last_first = loop.last -%}
    {% for second_value in second_values -%}
    select
        '{{ first_value }}' as first_value,
        '{{ second_value }}' as second_value
    {% if not (loop.last and is_last_first) %}union all{% endif %}
    {% endfor -%}
    {% endfor -%}
),

found as (
    select
        cast({{ first }} as {{ dbt.type_string() }}) as first_value,
        cast({{ second }} as {{ dbt.type_string() }}) as second_value,
        count(*) as rows_with_it
    from {{ customer_lifecycle.tested(model) }}
    group by {{ first }}, {{ second }}
)

select
    coalesce(expected.first_value, found.first_value) as first_value,
    coalesce(expected.second_value, found.second_value) as second_value,
    coalesce(found.rows_with_it, 0) as rows_with_it
from expected
full outer join found
    on expected.first_value = found.first_value and expected.second_value = found.second_value
where
    (expected.first_value is null or coalesce(found.rows_with_it, 0) <> 1)
    and not {{ flags.EMPTY or false }}
{% endtest %}
