{# A whole number made from the values of a row; where it differs, the rows differ. #}
{% macro row_hash(columns) %}
    {{- return(adapter.dispatch('row_hash', 'customer_lifecycle')(columns)) -}}
{% endmacro %}

{% macro default__row_hash(columns) -%}
    cast(mod(hash({{ columns | join(', ') }}), 2147483647) as bigint)
{%- endmacro %}

{% macro postgres__row_hash(columns) -%}
    cast(hashtext(concat_ws('|', {{ columns | join(', ') }})) as bigint)
{%- endmacro %}

{# A null would make the whole text null, so it is an empty one. #}
{% macro redshift__row_hash(columns) -%}
    strtol(substring(md5(
        {%- for column in columns -%}
        {{ " || '|' || " if not loop.first }}coalesce(cast({{ column }} as varchar), '')
        {%- endfor -%}
    ), 1, 7), 16)
{%- endmacro %}

{% macro trino__row_hash(columns) -%}
    mod(from_big_endian_64(xxhash64(to_utf8(
        {%- for column in columns -%}
        {{ " || '|' || " if not loop.first }}coalesce(cast({{ column }} as varchar), '')
        {%- endfor -%}
    ))), 2147483647)
{%- endmacro %}

{% macro bigquery__row_hash(columns) -%}
    mod(farm_fingerprint(to_json_string(struct({{ columns | join(', ') }}))), 2147483647)
{%- endmacro %}
