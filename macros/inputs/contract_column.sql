{#
  One column of the contract from one column of the input (none: a typed null). Moments and money
  of typed columns can be unreadable too: infinite dates, NaN, amounts too large for the decimal.
#}
{% macro contract_column(name, kind, column, is_required, is_csv) %}
    {%- set type = column.type if column else 'text' -%}
    {%- set value = adapter.quote(column.name) if column else 'null' -%}
    {%- if kind in ('key', 'text') -%}
        {%- set is_number = column and not customer_lifecycle.is_text(type) -%}
        {%- if is_number and kind == 'key' -%}
            {{ customer_lifecycle.whole_number_text(value, type) }} as {{ name }}
        {%- elif is_csv and kind == 'key' -%}
            {# Spreadsheets and data frames write whole numbers beside a missing one as 12345.0. #}
            regexp_replace({{ value }}, '^(-?[0-9]+)\.0+$', '\1') as {{ name }}
        {%- else -%}
            cast({{ value }} as {{ dbt.type_string() }}) as {{ name }}
        {%- endif -%}
    {%- elif kind == 'flag' -%}
        {{ customer_lifecycle.try_cast(value, 'boolean') }} as {{ name }}
    {%- else -%}
        {%- if kind == 'money' -%}
            {%- set read = customer_lifecycle.try_cast(value, 'decimal(18, 4)') -%}
        {%- elif customer_lifecycle.is_text(type) or 'int' in type -%}
            {%- set read = customer_lifecycle.moment_from_text(value) -%}
        {%- elif 'with time zone' in type or type in ('timestamptz', 'timestamp_tz', 'timestamp_ltz') -%}
            {%- set read = customer_lifecycle.moment_in_zone(value) -%}
        {%- else -%}
            {%- set read = customer_lifecycle.finite_moment(value) -%}
        {%- endif -%}
        {{ read }} as {{ name }},
        {% if is_required -%}
        case
            when {{ value }} is not null and {{ read }} is null
                then cast({{ value }} as {{ dbt.type_string() }})
        end as {{ name }}_unread
        {%- else -%}
        {# An optional number that is none (NaN) is a missing one. #}
        case
            when {{ value }} is not null and {{ read }} is null
                and lower(cast({{ value }} as {{ dbt.type_string() }})) <> 'nan'
                then cast({{ value }} as {{ dbt.type_string() }})
        end as {{ name }}_unread
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro is_text(type) %}
    {% do return('char' in type or 'text' in type or 'string' in type) %}
{% endmacro %}
