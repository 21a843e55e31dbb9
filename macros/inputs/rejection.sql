{# The reason why a row of an input cannot be used, whatever other rows have its key; null when it can.
   With far days, near_days is joined. #}
{% macro rejection_reason(input, has_far_days) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
    case
        when malformed_text is not null then 'malformed_row'
        {%- for name, kind in customer_lifecycle.input_columns(input).items() %}
        {%- set is_required = name in contract.required %}
        {%- if name == 'customer_id' and contract.row_key != ['customer_id'] %}
        {{ customer_lifecycle.key_reasons(name, 'missing_customer') }}
        {%- elif kind == 'key' and name in contract.row_key %}
        {{ customer_lifecycle.key_reasons(name, 'missing_key') }}
        {%- elif kind in ('moment', 'day') and is_required %}
        {{ customer_lifecycle.date_reasons(name) }}
        {%- elif kind in ('moment', 'day') %}
        when {{ name }}_unread is not null then 'unreadable_date'
        {%- elif kind == 'money' %}
        {{ customer_lifecycle.money_reasons(name, is_required) }}
        {%- endif %}
        {%- endfor %}
        {%- if has_far_days %}
        when
            cast({{ contract.day[:-3] }}_at as date) < near_days.first_near_day
            or cast({{ contract.day[:-3] }}_at as date) > near_days.last_near_day
            then 'far_date'
        {%- endif %}
    end
{%- endmacro %}


{# Branches of that case. #}
{% macro key_reasons(column, reason) -%}
    when {{ column }} is null or {{ customer_lifecycle.is_blank(column) }} then '{{ reason }}'
{%- endmacro %}


{% macro date_reasons(column) -%}
    when {{ column }}_unread is not null then 'unreadable_date'
        when {{ column }} is null then 'missing_date'
        {%- if var('lifecycle_earliest_valid_date', none) %}
        when cast({{ column }} as date) < cast('{{ var("lifecycle_earliest_valid_date") }}' as date)
            then 'past_date'
        {%- endif %}
        {%- if var('lifecycle_latest_valid_date', none) %}
        when cast({{ column }} as date) > cast('{{ var("lifecycle_latest_valid_date") }}' as date)
            then 'future_date'
        {%- endif %}
{%- endmacro %}


{% macro money_reasons(column, is_required) -%}
    when
            lower({{ column }}_unread)
            in ('nan', 'inf', '-inf', '+inf', 'infinity', '-infinity', '+infinity')
            then 'not_finite'
        when {{ column }}_unread is not null{{ ' or ' ~ column ~ ' is null' if is_required }}
            then 'unreadable_amount'
{%- endmacro %}


{# Every reason there is. #}
{% macro rejection_reasons() %}
    {% do return([
        'missing_key', 'missing_customer', 'missing_date', 'unreadable_date', 'unreadable_amount',
        'not_finite', 'past_date', 'future_date', 'far_date', 'duplicate_key', 'malformed_row',
    ]) %}
{% endmacro %}


{# The key of a row as text; null where a part of it is missing. #}
{% macro row_key_text(input) -%}
    {%- for column in customer_lifecycle.input_contract()[input].row_key -%}
    {{ " || '|' || " if not loop.first }}cast({{ column }} as {{ dbt.type_string() }})
    {%- endfor -%}
{%- endmacro %}


{# A row as JSON text: the malformed line, or the values of the contract's columns as they came.
   Plain SQL, so that the text is the same on every warehouse. #}
{% macro row_json(input) -%}
    case
        when malformed_text is not null
            then '{"text":' || {{ customer_lifecycle.json_text('malformed_text') }} || '}'
        else '{'
        {%- for name, kind in customer_lifecycle.input_columns(input).items() %}
        {%- set value = 'cast(' ~ name ~ ' as ' ~ dbt.type_string() ~ ')' %}
        {%- if kind in ('moment', 'day', 'money') %}
        {%- set value = 'coalesce(' ~ name ~ '_unread, ' ~ value ~ ')' %}
        {%- endif %}
            || '"{{ name }}":' || {{ customer_lifecycle.json_text(value) }}
            {%- if not loop.last %} || ','{% endif %}
        {%- endfor %}
            || '}'
    end
{%- endmacro %}


{% macro json_text(text) %}
    {{- return(adapter.dispatch('json_text', 'customer_lifecycle')(text)) -}}
{% endmacro %}

{% macro duckdb__json_text(text) -%}
    coalesce(cast(to_json({{ text }}) as varchar), 'null')
{%- endmacro %}

{% macro default__json_text(text) -%}
    coalesce(
        '"' || replace(replace(replace(replace(replace(
            {{ text }}, chr(92), chr(92) || chr(92)), '"', chr(92) || '"'), chr(10), chr(92) || 'n'),
            chr(13), chr(92) || 'r'), chr(9), chr(92) || 't') || '"',
        'null'
    )
{%- endmacro %}
