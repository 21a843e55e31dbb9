{#
  One column of the contract from one column of the input (none: a typed null). Moments, days and
  money come with <name>_unread, the text of what could not be read; typed columns have such values
  too: infinite dates, NaN, amounts too large for the decimal.
#}
{% macro contract_column(name, kind, column, is_required, is_csv, format=none) %}
    {%- set text = dbt.type_string() -%}
    {%- set value = adapter.quote(column.name) if column -%}
    {%- if not column -%}
        {%- set types = {
            'key': text, 'text': text, 'flag': 'boolean', 'moment': 'timestamp', 'day': 'date',
            'money': 'decimal(18, 4)',
        } -%}
        cast(null as {{ types[kind] }}) as {{ name }}
        {%- if kind in ('moment', 'day', 'money') %},
        cast(null as {{ text }}) as {{ name }}_unread
        {%- endif -%}
    {%- elif kind == 'key' and is_csv -%}
        {#- Spreadsheets and data frames write whole numbers beside a missing one as 12345.0. -#}
        regexp_replace({{ value }}, '^(-?[0-9]+)\.0+$', '\1') as {{ name }}
    {%- elif kind == 'key' and not customer_lifecycle.is_text(column.type) -%}
        {{ customer_lifecycle.whole_number_text(value, column.type) }} as {{ name }}
    {%- elif kind in ('key', 'text') -%}
        cast({{ value }} as {{ text }}) as {{ name }}
    {%- elif kind == 'flag' -%}
        {{ customer_lifecycle.try_cast(value, 'boolean') }} as {{ name }}
    {%- else -%}
        {%- set read = customer_lifecycle.try_cast(value, 'decimal(18, 4)') if kind == 'money'
            else customer_lifecycle.read_moment(value, column.type, format) -%}
        {{ 'cast(' ~ read ~ ' as date)' if kind == 'day' else read }} as {{ name }},
        case
            when {{ value }} is not null and {{ read }} is null
            {%- if not is_required %}
                {#- An optional number that is none (NaN) is a missing one. #}
                and lower(cast({{ value }} as {{ text }})) <> 'nan'
            {%- endif %}
                then cast({{ value }} as {{ text }})
        end as {{ name }}_unread
    {%- endif -%}
{% endmacro %}


{% macro read_moment(value, type, format=none) %}
    {% if 'with time zone' in type or type in ('timestamptz', 'timestamp_tz', 'timestamp_ltz') %}
        {% do return(customer_lifecycle.moment_in_zone(value)) %}
    {% elif 'date' in type or 'timestamp' in type %}
        {% do return(customer_lifecycle.finite_moment(value)) %}
    {% elif customer_lifecycle.is_text(type) %}
        {% do return(customer_lifecycle.moment_from_text(value, format)) %}
    {% endif %}
    {# A number like 20110630 is read as text too; of other types no date can be made. #}
    {% do return(customer_lifecycle.moment_from_text(
        customer_lifecycle.whole_number_text(value, type), format
    )) %}
{% endmacro %}


{% macro is_text(type) %}
    {% do return('char' in type or 'text' in type or 'string' in type) %}
{% endmacro %}
