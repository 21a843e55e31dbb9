{#
  One column of the contract from one column of the input (none: a typed null). All but keys and texts
  come with <name>_unread, the text of what could not be read; typed columns have such values too:
  infinite dates, NaN, amounts too large for the decimal. `reading` as in how_to_read.
#}
{% macro contract_column(name, kind, column, is_required, is_csv, reading) %}
    {%- set text = dbt.type_string() -%}
    {%- set value = customer_lifecycle.quoted_name(column.name) if column -%}
    {%- if not column -%}
        {%- set types = {
            'key': text, 'text': text, 'flag': 'boolean', 'moment': customer_lifecycle.moment_type(), 'day': 'date',
            'money': 'decimal(18, 4)', 'number': 'decimal(18, 4)',
        } -%}
        cast(null as {{ types[kind] }}) as {{ name }}
        {%- if kind not in ('key', 'text') %},
        cast(null as {{ text }}) as {{ name }}_unread
        {%- endif -%}
    {%- elif kind == 'key' and is_csv -%}
        {#- Spreadsheets and data frames write whole numbers beside a missing one as 12345.0. -#}
        regexp_replace({{ value }}, '^(-?[0-9]+)\.0+$', '\1') as {{ name }}
    {%- elif kind == 'key' and not customer_lifecycle.is_text(column.type) -%}
        {{ customer_lifecycle.whole_number_text(value, column.type) }} as {{ name }}
    {%- elif kind in ('key', 'text') -%}
        cast({{ value }} as {{ text }}) as {{ name }}
    {%- else -%}
        {%- set read = customer_lifecycle.try_cast(value, 'boolean') if kind == 'flag'
            else customer_lifecycle.read_money(value, column.type, reading) if kind == 'money'
            else customer_lifecycle.read_money(value, column.type, dict(reading, factor=1)) if kind == 'number'
            else customer_lifecycle.read_moment(value, column.type, reading.format) -%}
        {{ 'cast(' ~ read ~ ' as date)' if kind == 'day' else read }} as {{ name }},
        case
            when {{ value }} is not null and {{ read }} is null
            {%- if not is_required %}
                {#- An optional value that says of itself that it is none is a missing one. #}
                and lower(trim(cast({{ value }} as {{ text }}))) not in ('', 'nan', 'null', 'none', 'n/a')
            {%- endif %}
                then cast({{ value }} as {{ text }})
        end as {{ name }}_unread
    {%- endif -%}
{% endmacro %}


{#
  How the values of an input are read, as the vars say: {format, decimal_mark, factor}. suggest_vars
  tries others.
#}
{% macro how_to_read(input) %}
    {% do return({
        'format': var('lifecycle_datetime_format', none),
        'decimal_mark': var('lifecycle_decimal_mark', none),
        'factor': (var('lifecycle_amount_factor', none) or {}).get(input, 1),
    }) %}
{% endmacro %}


{# A name as the warehouse wants it; a quote in it is doubled. #}
{% macro quoted_name(name) %}{% do return(adapter.quote(name.replace('"', '""'))) %}{% endmacro %}


{% macro read_money(value, type, reading) %}
    {% set number = customer_lifecycle.plain_number(value, reading.decimal_mark)
        if reading.decimal_mark and customer_lifecycle.is_text(type) else value %}
    {% set money = customer_lifecycle.try_cast(number, 'decimal(18, 4)') %}
    {% if reading.factor != 1 %}
        {% set money = customer_lifecycle.try_cast(
            money ~ ' * cast(' ~ reading.factor ~ ' as decimal(18, 6))', 'decimal(18, 4)'
        ) %}
    {% endif %}
    {% do return(money) %}
{% endmacro %}


{% macro read_moment(value, type, format=none) %}
    {% if customer_lifecycle.is_instant_type(type) %}
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
