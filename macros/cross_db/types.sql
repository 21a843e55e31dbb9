{# The warehouse's name of an 8-byte float. The contracts in YAML, which cannot call this, say the same. #}
{% macro double_type() %}
    {% do return(var('lifecycle_double_type', none) or {
        'postgres': 'double precision', 'redshift': 'double precision', 'bigquery': 'float64',
    }.get(target.type, 'double')) %}
{% endmacro %}
