{# The reason why a required value cannot be used, as branches of a case. #}

{% macro key_reasons(column, reason) -%}
    when {{ column }} is null or {{ customer_lifecycle.is_blank(column) }} then '{{ reason }}'
{%- endmacro %}


{% macro date_reasons(column) -%}
    when {{ column }}_unread is not null then 'unreadable_date'
    when {{ column }} is null then 'missing_date'
    {%- if var('lifecycle_latest_valid_date', none) %}
    when cast({{ column }} as date) > cast('{{ var("lifecycle_latest_valid_date") }}' as date) then 'future_date'
    {%- endif %}
{%- endmacro %}


{% macro money_reasons(column, is_required=true) -%}
    when lower({{ column }}_unread) in ('nan', 'inf', '-inf', '+inf', 'infinity', '-infinity', '+infinity')
        then 'not_finite'
    when {{ column }}_unread is not null{{ ' or ' ~ column ~ ' is null' if is_required }}
        then 'unreadable_amount'
{%- endmacro %}


{# The reason why an order row cannot be used; null when it can. #}
{% macro order_rejection_reason() -%}
case
            when malformed_text is not null then 'malformed_row'
            {{ customer_lifecycle.key_reasons('order_id', 'missing_key') }}
            {{ customer_lifecycle.key_reasons('customer_id', 'missing_customer') }}
            {{ customer_lifecycle.date_reasons('ordered_at') }}
            {{ customer_lifecycle.money_reasons('amount') }}
            {{ customer_lifecycle.money_reasons('product_cost', is_required=false) }}
            {{ customer_lifecycle.money_reasons('discount_amount', is_required=false) }}
            when updated_at_unread is not null then 'unreadable_date'
        end
{%- endmacro %}


{#
  The rejected rows of an input: rows with a reason, and all but the first of a repeated key. `key`
  is SQL; null where a part of the key is missing.
#}
{% macro rejected_rows(input, key) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
with screened as (

    select * from {{ ref('stg_lifecycle__' ~ input ~ '_screened') }}

),

repeated as (

    select * from {{ ref('stg_lifecycle__' ~ input ~ '_repeated') }}

),

rejected as (

    select
        row_number,
        {{ key }} as row_key,
        rejection_reason as reason,
        {{ customer_lifecycle.row_json(contract) }} as row_json
    from screened
    where rejection_reason is not null
    union all
    select
        row_number,
        {{ key }} as row_key,
        'duplicate_key' as reason,
        {{ customer_lifecycle.row_json(contract) }} as row_json
    from repeated
    where repeat_rank > 1

)

select * from rejected
{%- endmacro %}


{# A row as JSON text: the malformed line, or the values of the contract's columns as they came.
   Plain SQL, so that the text is the same on every warehouse. #}
{% macro row_json(contract) -%}
    case
        when malformed_text is not null
            then '{"text":' || {{ customer_lifecycle.json_text('malformed_text') }} || '}'
        else '{'
        {%- for name, kind in dict(contract.required, **contract.optional).items() %}
        {%- set value = 'cast(' ~ name ~ ' as ' ~ dbt.type_string() ~ ')' %}
        {%- set value = 'coalesce(' ~ name ~ '_unread, ' ~ value ~ ')' if kind in ('moment', 'day', 'money') else value %}
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
