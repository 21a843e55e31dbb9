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
                then cast(cast({{ value }} as decimal(38, 0)) as {{ dbt.type_string() }})
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


{# Text to a moment in the calendar of lifecycle_timezone; null when it is no date. Without a format
   it is the var's. #}
{% macro moment_from_text(value, format=none) %}
    {{- return(adapter.dispatch('moment_from_text', 'customer_lifecycle')(value, format)) -}}
{% endmacro %}

{% macro default__moment_from_text(value, format) %}
    {%- do return(customer_lifecycle.try_cast(value, 'timestamp')) -%}
{% endmacro %}

{% macro duckdb__moment_from_text(value, format) %}
    {%- set text = 'cast(' ~ value ~ ' as varchar)' -%}
    {%- set format = format or var('lifecycle_datetime_format', none) -%}
    {# A moment with an offset is an instant and moves to the calendar's zone; one without stays. #}
    {%- set in_zone = ' at time zone ' ~ customer_lifecycle.quote_text(var('lifecycle_timezone')) -%}
    {%- if format in ('epoch', 'epoch_ms') -%}
        {# Seconds since 1970, or thousandths of them; those of the years up to 9999. #}
        {%- set number = 'try_cast(' ~ text ~ ' as double)' ~ (' / 1000' if format == 'epoch_ms' else '') -%}
        {%- do return('(case when ' ~ number ~ ' between -62135596800 and 253402300799 then to_timestamp('
            ~ number ~ ') end' ~ in_zone ~ ')') -%}
    {%- elif format -%}
        {%- set read = 'try_strptime(' ~ text ~ ', ' ~ customer_lifecycle.quote_text(format) ~ ')' -%}
        {%- do return('(' ~ read ~ in_zone ~ ')' if '%z' in format | lower else read) -%}
    {%- endif -%}
    {%- set offset = ' ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$' -%}
    {# DuckDB wants seconds before an offset, no blank, and Z for UTC. #}
    {%- set with_seconds =
        'regexp_replace(upper(' ~ text ~ "), '([T ][0-9]+:[0-9]+)" ~ offset ~ "', '\\1:00\\2')" -%}
    {%- set without_blank =
        "regexp_replace(regexp_replace(" ~ with_seconds ~ ", '(UTC|GMT)$', 'Z'), ' ([Z+-])', '\\1')" -%}
    {%- set moment -%}
        case
            {#- A year has four digits: DuckDB takes 05-01-22 for a day of the year 5. #}
            when not regexp_matches({{ text }}, '^ *[1-9][0-9]{3}[^0-9]') then null
            when regexp_matches(upper({{ text }}), ':[0-9.]+{{ offset }}')
                then try_cast({{ without_blank }} as timestamptz){{ in_zone }}
            else try_cast({{ text }} as timestamp)
        end
    {%- endset -%}
    {%- do return(moment) -%}
{% endmacro %}


{# An instant, as a moment in the calendar of lifecycle_timezone. #}
{% macro moment_in_zone(value) %}
    {{- return(adapter.dispatch('moment_in_zone', 'customer_lifecycle')(value)) -}}
{% endmacro %}

{% macro default__moment_in_zone(value) %}
    {%- set zone = customer_lifecycle.quote_text(var('lifecycle_timezone')) -%}
    {%- do return(customer_lifecycle.finite_moment('(' ~ value ~ ' at time zone ' ~ zone ~ ')')) -%}
{% endmacro %}


{# A date or timestamp as a timestamp; null when it is infinite. #}
{% macro finite_moment(value) %}
    {{- return(adapter.dispatch('finite_moment', 'customer_lifecycle')(value)) -}}
{% endmacro %}

{% macro default__finite_moment(value) %}
    {%- do return('cast(' ~ value ~ ' as timestamp)') -%}
{% endmacro %}

{% macro duckdb__finite_moment(value) %}
    {%- do return('case when isfinite(' ~ value ~ ') then cast(' ~ value ~ ' as timestamp) end') -%}
{% endmacro %}

{% macro postgres__finite_moment(value) %}
    {%- do return(customer_lifecycle.duckdb__finite_moment(value)) -%}
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
