{# Conversions that differ between warehouses. default__ is plain SQL; where a warehouse can say
   "null instead of an error", its own version does. #}

{% macro try_cast(value, type) %}
    {{- return(adapter.dispatch('try_cast', 'customer_lifecycle')(value, type)) -}}
{% endmacro %}

{% macro default__try_cast(value, type) %}
    {%- do return('cast(' ~ value ~ ' as ' ~ type ~ ')') -%}
{% endmacro %}

{% macro duckdb__try_cast(value, type) %}
    {%- do return('try_cast(' ~ value ~ ' as ' ~ type ~ ')') -%}
{% endmacro %}

{# Databricks takes Spark's. #}
{% macro spark__try_cast(value, type) %}
    {%- do return(customer_lifecycle.duckdb__try_cast(value, type)) -%}
{% endmacro %}

{% macro trino__try_cast(value, type) %}
    {%- do return(customer_lifecycle.duckdb__try_cast(value, type)) -%}
{% endmacro %}

{# Of texts alone. #}
{% macro snowflake__try_cast(value, type) %}
    {%- do return('try_cast(cast(' ~ value ~ ' as varchar) as ' ~ type ~ ')') -%}
{% endmacro %}

{% macro bigquery__try_cast(value, type) %}
    {%- do return('safe_cast(' ~ value ~ ' as ' ~ type ~ ')') -%}
{% endmacro %}

{# Of texts that are not blank, and to no boolean. Redshift would take PostgreSQL's otherwise, where a
   numeric without digits is one of whole numbers here. #}
{% macro redshift__try_cast(value, type) %}
    {%- set text = 'cast(' ~ value ~ ' as varchar)' -%}
    {%- if type == 'boolean' -%}
        {%- do return("case when lower(trim(" ~ text ~ ")) in ('true', 't', 'yes', 'y', '1') then true "
            ~ "when lower(trim(" ~ text ~ ")) in ('false', 'f', 'no', 'n', '0') then false end") -%}
    {%- endif -%}
    {%- do return("try_cast(nullif(trim(" ~ text ~ "), '') as " ~ type ~ ')') -%}
{% endmacro %}

{# Of numbers alone, and told by their text: versions before 16 cannot ask whether a cast would fail. #}
{% macro postgres__try_cast(value, type) %}
    {%- if not type.startswith('decimal') -%}
        {%- do return(customer_lifecycle.default__try_cast(value, type)) -%}
    {%- endif -%}
    {%- set text = 'cast(' ~ value ~ ' as text)' -%}
    {%- set precision, scale = modules.re.findall('[0-9]+', type) | map('int') -%}
    {%- set number -%}
        cast(case
            when {{ text }} ~ '^\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?\s*$'
                then case
                    when abs(round(cast({{ text }} as numeric), {{ scale }})) < 1e{{ precision - scale }}
                        then cast({{ text }} as numeric)
                end
        end as {{ type }})
    {%- endset -%}
    {%- do return(number) -%}
{% endmacro %}


{# A decimal of so many digits and decimals, as the warehouse calls it. #}
{% macro decimal_type(precision, scale) %}
    {{- return(adapter.dispatch('decimal_type', 'customer_lifecycle')(precision, scale)) -}}
{% endmacro %}

{% macro default__decimal_type(precision, scale) %}
    {%- do return('decimal(' ~ precision ~ ', ' ~ scale ~ ')') -%}
{% endmacro %}

{# Its decimal has at most 29 digits before the point and 9 behind it. #}
{% macro bigquery__decimal_type(precision, scale) %}
    {%- set name = 'bignumeric' if precision - scale > 29 or scale > 9 else 'numeric' -%}
    {%- do return(name ~ '(' ~ precision ~ ', ' ~ scale ~ ')') -%}
{% endmacro %}


{# A key stored as a number, as text: 12345.0 becomes 12345; NaN and infinity are no key. #}
{% macro whole_number_text(value, type) %}
    {%- set whole -%}
        {%- if 'double' in type or 'float' in type or 'real' in type -%}
        case
            when {{ value }} = floor({{ value }}) and abs({{ value }}) < 1e18
                then cast(cast({{ value }} as bigint) as {{ dbt.type_string() }})
            when lower(cast({{ value }} as {{ dbt.type_string() }}))
                not in ('nan', 'inf', '-inf', 'infinity', '-infinity')
                then cast({{ value }} as {{ dbt.type_string() }})
        end
        {%- elif 'decimal' in type or 'numeric' in type -%}
        case
            when {{ value }} = floor({{ value }})
                then cast(cast({{ value }} as {{ customer_lifecycle.decimal_type(38, 0) }}) as {{ dbt.type_string() }})
            else cast({{ value }} as {{ dbt.type_string() }})
        end
        {%- else -%}
        cast({{ value }} as {{ dbt.type_string() }})
        {%- endif -%}
    {%- endset -%}
    {%- do return(whole) -%}
{% endmacro %}


{#
  An amount as people write it, with the decimal mark "." or ",", as a plain number in text; null when
  it is none. There may be a currency before or after it, marks between the thousands, and a minus or
  brackets for what is below 0.
#}
{% macro plain_number(value, decimal_mark) %}
    {{- return(adapter.dispatch('plain_number', 'customer_lifecycle')(value, decimal_mark)) -}}
{% endmacro %}

{# config_check refuses lifecycle_decimal_mark here. #}
{% macro default__plain_number(value, decimal_mark) %}{% do return(value) %}{% endmacro %}

{% macro duckdb__plain_number(value, decimal_mark) %}
    {%- set text = 'trim(cast(' ~ value ~ ' as varchar))' -%}
    {%- set point = '\\.' if decimal_mark == '.' else ',' -%}
    {%- set thousands = ',' if decimal_mark == '.' else '.' -%}
    {%- set currency = "([A-Z]{2,3}|[^-−+() 0-9.,A-Za-z]{1,3}|[A-Z]{1,2}[$]|kr|zł)?[ \u00a0\u202f]?" -%}
    {%- set digits = "([0-9]+|[0-9]{1,3}([ \u00a0\u202f''" ~ thousands ~ "][0-9]{3})+)" -%}
    {%- set pattern = '[-−+(]?[ ]?' ~ currency ~ '[-−+]?(' ~ digits ~ '(' ~ point ~ '[0-9]*)?|' ~ point
        ~ '[0-9]+)[ \u00a0\u202f]?' ~ currency ~ '[-)]?' -%}
    {%- set number -%}
        case
            when regexp_full_match({{ text }}, '{{ pattern }}')
                then case when regexp_matches({{ text }}, '[-−(]') then '-' else '' end
                    || replace(regexp_replace({{ text }}, '[^0-9{{ decimal_mark }}]', '', 'g'), '{{ decimal_mark }}', '.')
        end
    {%- endset -%}
    {%- do return(number) -%}
{% endmacro %}


{# Whether a text consists of blanks alone. #}
{% macro is_blank(column) %}
    {{- return(adapter.dispatch('is_blank', 'customer_lifecycle')(column)) -}}
{% endmacro %}

{% macro default__is_blank(column) -%}
    trim({{ column }}) = ''
{%- endmacro %}

{# Trimming is dear, so it is left to texts that begin with no visible ASCII character. #}
{% macro duckdb__is_blank(column) -%}
    (({{ column }} < '!' or {{ column }} > '~') and trim({{ column }}) = '')
{%- endmacro %}
