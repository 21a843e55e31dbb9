{# The warehouses by what is known of them: on the tested ones every mart equals DuckDB's; for the compiled
   ones the SQL of every model is made and parsed, but none was ever run there. #}
{% macro engines() %}
    {% do return({
        'tested': ['duckdb', 'postgres', 'spark'],
        'compiled': ['snowflake', 'databricks', 'bigquery', 'redshift', 'trino'],
    }) %}
{% endmacro %}


{# Why nothing is built on a warehouse, for a message; none when it may be. #}
{% macro problem_of_engine(type, is_allowed) %}
    {% set engines = customer_lifecycle.engines() %}
    {% if type in engines.compiled and not is_allowed %}
        {% do return(
            'the warehouse is ' ~ type ~ ', on which nothing was ever run; write lifecycle_untested_engine: true '
            ~ 'to be the first, and compare with a build on DuckDB.') %}
    {% elif type not in engines.tested + engines.compiled %}
        {% do return(
            'the warehouse is ' ~ type ~ ', for which nothing was tried; use one of: '
            ~ (engines.tested + engines.compiled) | join(', ') ~ '.') %}
    {% endif %}
    {% do return(none) %}
{% endmacro %}


{# Why texts cannot be read by a format on a warehouse, for a message; none when they can. #}
{% macro problem_of_datetime_format(format, type) %}
    {% if type == 'duckdb' or format in ('epoch', 'epoch_ms') and type in ('postgres', 'spark', 'databricks') %}
        {% do return(none) %}
    {% elif type not in ('postgres', 'spark', 'databricks') %}
        {% do return(
            'lifecycle_datetime_format is ' ~ (format | tojson) ~ '; write null on ' ~ type
            ~ ', and load dates as dates or in ISO 8601.') %}
    {% endif %}
    {% set problem = customer_lifecycle.problem_of_format(format) %}
    {% if problem %}
        {% do return(
            'lifecycle_datetime_format ' ~ problem ~ ', which cannot be read on ' ~ type
            ~ '; write a format with each of %Y %y %m %b %B %d %H %I %M %S %f %p %z at most once, with a year, '
            ~ 'or load dates as dates.') %}
    {% endif %}
    {% do return(none) %}
{% endmacro %}
