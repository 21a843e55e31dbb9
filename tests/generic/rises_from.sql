-- The column starts at a value and rises with another column, row by row.
{% test rises_from(model, column_name, start, by) %}
with compared as (
    select
        {{ column_name }} as value,
        lag({{ column_name }}) over (order by {{ by }}) as value_before
    from {{ customer_lifecycle.tested(model) }}
)

select * from compared
where
    value is null
    or (value_before is null and value <> {{ start }})
    or value <= value_before
{% endtest %}
