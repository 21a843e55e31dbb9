{#
  Moments: a day and a time in the calendar of lifecycle_timezone, without a zone of their own. Instants,
  and texts with an offset, are moved there; what has no offset stays as it is.
#}

{# The warehouse's type of them. #}
{% macro moment_type() %}
    {{- return(adapter.dispatch('moment_type', 'customer_lifecycle')()) -}}
{% endmacro %}

{% macro default__moment_type() %}{% do return('timestamp') %}{% endmacro %}

{% macro bigquery__moment_type() %}{% do return('datetime') %}{% endmacro %}

{# With fewer digits the last moment of a day is rounded into the next. #}
{% macro trino__moment_type() %}{% do return('timestamp(6)') %}{% endmacro %}

{% macro snowflake__moment_type() %}{% do return('timestamp_ntz') %}{% endmacro %}


{# The warehouse's type of instants. #}
{% macro instant_type() %}
    {{- return(adapter.dispatch('instant_type', 'customer_lifecycle')()) -}}
{% endmacro %}

{% macro default__instant_type() %}{% do return('timestamp with time zone') %}{% endmacro %}

{% macro redshift__instant_type() %}{% do return('timestamptz') %}{% endmacro %}

{% macro bigquery__instant_type() %}{% do return('timestamp') %}{% endmacro %}

{% macro snowflake__instant_type() %}{% do return('timestamp_tz') %}{% endmacro %}


{# Whether a type, in small letters, is of instants. #}
{% macro is_instant_type(type) %}
    {{- return(adapter.dispatch('is_instant_type', 'customer_lifecycle')(type)) -}}
{% endmacro %}

{% macro default__is_instant_type(type) %}
    {%- do return('with time zone' in type or type in ('timestamptz', 'timestamp_tz', 'timestamp_ltz')) -%}
{% endmacro %}

{% macro spark__is_instant_type(type) %}
    {%- do return(type in ('timestamp', 'timestamp_ltz')) -%}
{% endmacro %}

{% macro bigquery__is_instant_type(type) %}{%- do return(type == 'timestamp') -%}{% endmacro %}

{# timestamp_tz(9) is one, too. #}
{% macro snowflake__is_instant_type(type) %}
    {%- do return(type.startswith('timestamp_tz') or type.startswith('timestamp_ltz')) -%}
{% endmacro %}


{# An instant as a moment. #}
{% macro moment_in_zone(value) %}
    {{- return(adapter.dispatch('moment_in_zone', 'customer_lifecycle')(value)) -}}
{% endmacro %}

{% macro default__moment_in_zone(value) %}
    {%- set zone = customer_lifecycle.quote_text(var('lifecycle_timezone')) -%}
    {%- do return(customer_lifecycle.finite_moment('(' ~ value ~ ' at time zone ' ~ zone ~ ')')) -%}
{% endmacro %}

{# Spark's timestamps are instants that are shown in the zone of the session; a moment is the one that is
   shown so there. #}
{% macro spark__moment_in_zone(value) %}
    {%- set zone = customer_lifecycle.quote_text(var('lifecycle_timezone')) -%}
    {%- do return('cast(convert_timezone(current_timezone(), ' ~ zone ~ ', cast(' ~ value
        ~ ' as timestamp_ntz)) as timestamp)') -%}
{% endmacro %}

{% macro snowflake__moment_in_zone(value) %}
    {%- set zone = customer_lifecycle.quote_text(var('lifecycle_timezone')) -%}
    {%- do return('cast(convert_timezone(' ~ zone ~ ', ' ~ value ~ ') as timestamp_ntz)') -%}
{% endmacro %}

{% macro bigquery__moment_in_zone(value) %}
    {%- do return('datetime(' ~ value ~ ', ' ~ customer_lifecycle.quote_text(var('lifecycle_timezone')) ~ ')') -%}
{% endmacro %}


{# A date or timestamp as a moment; null when it is infinite. #}
{% macro finite_moment(value) %}
    {{- return(adapter.dispatch('finite_moment', 'customer_lifecycle')(value)) -}}
{% endmacro %}

{% macro default__finite_moment(value) %}
    {%- do return('cast(' ~ value ~ ' as ' ~ customer_lifecycle.moment_type() ~ ')') -%}
{% endmacro %}

{% macro duckdb__finite_moment(value) %}
    {%- do return('case when isfinite(' ~ value ~ ') then cast(' ~ value ~ ' as timestamp) end') -%}
{% endmacro %}

{% macro postgres__finite_moment(value) %}
    {%- do return(customer_lifecycle.duckdb__finite_moment(value)) -%}
{% endmacro %}

{# Redshift knows no infinite moments and no isfinite. #}
{% macro redshift__finite_moment(value) %}
    {%- do return(customer_lifecycle.default__finite_moment(value)) -%}
{% endmacro %}


{# Text to a moment; null when it is no date. Without a format it is the var's. #}
{% macro moment_from_text(value, format=none) %}
    {{- return(adapter.dispatch('moment_from_text', 'customer_lifecycle')(value, format)) -}}
{% endmacro %}

{# ISO 8601 as the warehouse reads it; config_check refuses lifecycle_datetime_format here. #}
{% macro default__moment_from_text(value, format) %}
    {%- set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set instant = customer_lifecycle.try_cast(text, customer_lifecycle.instant_type()) -%}
    {%- set moment -%}
        case
            when {{ customer_lifecycle.text_matches(
                'upper(' ~ text ~ ')', ':[0-9.]+ ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$'
            ) }}
                then {{ customer_lifecycle.moment_in_zone(instant) }}
            else {{ customer_lifecycle.try_cast(text, customer_lifecycle.moment_type()) }}
        end
    {%- endset -%}
    {%- do return(moment) -%}
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

{% macro postgres__moment_from_text(value, format) %}
    {%- do return(customer_lifecycle.moment_by_patterns(value, format)) -%}
{% endmacro %}

{% macro spark__moment_from_text(value, format) %}
    {%- do return(customer_lifecycle.moment_by_patterns(value, format)) -%}
{% endmacro %}

{% macro redshift__moment_from_text(value, format) %}
    {%- do return(customer_lifecycle.default__moment_from_text(value, format)) -%}
{% endmacro %}


{# Whether a text has a part that matches a pattern without backslashes. #}
{% macro text_matches(text, pattern) %}
    {{- return(adapter.dispatch('text_matches', 'customer_lifecycle')(text, pattern)) -}}
{% endmacro %}

{% macro default__text_matches(text, pattern) -%}regexp_like({{ text }}, '{{ pattern }}'){%- endmacro %}

{# The whole text has to match. #}
{% macro snowflake__text_matches(text, pattern) -%}regexp_like({{ text }}, '.*{{ pattern }}'){%- endmacro %}

{% macro bigquery__text_matches(text, pattern) -%}regexp_contains({{ text }}, '{{ pattern }}'){%- endmacro %}

{% macro postgres__text_matches(text, pattern) -%}{{ text }} ~ '{{ pattern }}'{%- endmacro %}

{# Redshift and Databricks take PostgreSQL's and Spark's. #}
{% macro spark__text_matches(text, pattern) -%}{{ text }} rlike '{{ pattern }}'{%- endmacro %}
