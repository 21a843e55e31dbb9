-- What history rests on beside the orders, as it was when history was last written: the next run
-- compares its own with it, and names what has changed.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with history_rules as (

    {{ customer_lifecycle.seed_rules() }}
    {% for name, value in customer_lifecycle.var_rules().items() -%}
    union all
    select
        '{{ name }}' as rule_name,
        '{{ dbt.escape_single_quotes(value) }}' as rule_value
    {% endfor %}
)

select * from history_rules
