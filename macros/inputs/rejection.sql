{# The reason why a row of an input cannot be used, whatever other rows have its key and whatever its
   status; null when it can. With far days, near_days is joined; where
   the input refers to another, the row of that. #}
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
        {%- elif name in (contract.never_missing or {}) %}
        {{ customer_lifecycle.key_reasons(name, contract.never_missing[name]) }}
        {%- elif name in (contract.some_of or {}) %}
        when
            {{ name }} is null
            or lower(trim({{ name }}))
            not in ({{ customer_lifecycle.lower_texts(contract.some_of[name]['values']) }})
            then '{{ contract.some_of[name].reason }}'
        {%- elif kind in ('moment', 'day') and is_required %}
        {{ customer_lifecycle.date_reasons(name) }}
        {%- elif kind in ('money', 'number') and is_required %}
        {{ customer_lifecycle.money_reasons(name) }}
        {%- endif %}
        {%- if name in (contract.not_below_0 or {}) %}
        when {{ name }} < 0 then '{{ contract.not_below_0[name] }}'
        {%- endif %}
        {%- endfor %}
        {%- if has_far_days %}
        when
            cast({{ contract.day[:-3] }}_at as date) < near_days.first_near_day
            or cast({{ contract.day[:-3] }}_at as date) > near_days.last_near_day
            then 'far_date'
        {%- endif %}
        {%- if contract.refers_to %}
        when parent_key is null then '{{ contract.refers_to.reason }}'
        {%- for day, last_day in (contract.refers_to.not_after or {}).items() %}
        when {{ day }} > parent_{{ last_day }} then '{{ contract.refers_to.late_reason }}'
        {%- endfor %}
        {%- endif %}
    end
{%- endmacro %}


{# Whether the status of an order is one that is left out: 1 or 0. #}
{% macro has_excluded_status() -%}
    {%- set statuses = var('lifecycle_excluded_statuses', none) -%}
    {%- if statuses -%}
    case when lower(trim(status)) in ({{ customer_lifecycle.lower_texts(statuses) }}) then 1 else 0 end
    {%- else -%}
    0
    {%- endif -%}
{%- endmacro %}


{# Whether a row is compared with others of its key: it is sound, or it has an excluded status and lacks no
   more than an amount. What takes back an order need not say how much it was. #}
{% macro is_comparable(input, alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- if customer_lifecycle.input_contract()[input].has_parts -%}
    (
        {{ prefix }}fault is null
        or ({{ prefix }}is_excluded = 1 and {{ prefix }}fault in ('unreadable_amount', 'not_finite'))
    )
    {%- else -%}
    {{ prefix }}fault is null
    {%- endif -%}
{%- endmacro %}


{# Branches of that case. #}
{% macro key_reasons(column, reason) -%}
    when {{ column }} is null or {{ customer_lifecycle.is_blank(column) }}
    {%- if column == 'customer_id' and var('lifecycle_guest_ids', none) %}
        or lower(trim({{ column }})) in ({{ customer_lifecycle.lower_texts(var('lifecycle_guest_ids')) }})
    {%- endif %} then '{{ reason }}'
{%- endmacro %}


{# Texts of a var for an "in" that looks at small letters. #}
{% macro lower_texts(texts) %}
    {%- set quoted = [] -%}
    {%- for text in texts -%}
        {%- do quoted.append(customer_lifecycle.quote_text(text | string | trim | lower)) -%}
    {%- endfor -%}
    {%- do return(quoted | join(', ')) -%}
{% endmacro %}


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


{% macro money_reasons(column) -%}
    when
            lower({{ column }}_unread)
            in ('nan', 'inf', '-inf', '+inf', 'infinity', '-infinity', '+infinity')
            then 'not_finite'
        when {{ column }}_unread is not null or {{ column }} is null then 'unreadable_amount'
{%- endmacro %}


{# Every reason there is. #}
{% macro rejection_reasons() %}
    {% do return([
        'missing_key', 'missing_customer', 'missing_date', 'unreadable_date', 'unreadable_amount',
        'not_finite', 'past_date', 'future_date', 'far_date', 'excluded_status', 'duplicate_key',
        'replaced_row', 'added_up', 'conflicting_key', 'malformed_row', 'missing_arm',
        'unknown_campaign', 'unknown_offer', 'assigned_after_end', 'two_arms', 'unknown_goal',
        'negative_cost',
    ]) %}
{% endmacro %}


{# Rejected rows of input_quality that are a fault of the input: not those left out or added up on purpose. #}
{% macro faulty_rows() -%}(rows_rejected - excluded_status - added_up){%- endmacro %}


{# The key of a row as text; null where a part of it is missing that must be there. #}
{% macro row_key_text(input) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
    {%- for column in contract.row_key -%}
    {{ " || '|' || " if not loop.first }}cast({{ column }} as {{ dbt.type_string() }})
    {%- endfor -%}
    {%- for column in contract.told_apart_by or [] %} || coalesce('|' || {{ column }}, '')
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
        {%- if kind not in ('key', 'text') %}
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
