{#
  Statement: delete the rows whose column has one of some values, given as SQL literals, since not
  every warehouse takes a subquery there. Spark's Parquet tables cannot delete rows, but drop the
  partitions that partitioned_by makes.
#}
{% macro delete_rows(relation, column, literals) %}
    {% if not literals %}{% do return('') %}{% endif %}
    {{- return(adapter.dispatch('delete_rows', 'customer_lifecycle')(relation, column, literals)) -}}
{% endmacro %}

{% macro default__delete_rows(relation, column, literals) %}
    {%- do return('delete from ' ~ relation ~ ' where ' ~ column ~ ' in (' ~ literals | join(', ') ~ ')') -%}
{% endmacro %}

{% macro spark__delete_rows(relation, column, literals) %}
    {#- The adapter takes Iceberg's tables for Hive's where Spark's own catalog has them. -#}
    {%- for row in run_query('describe extended ' ~ relation).rows -%}
        {%- if row[0] == 'Provider' and row[1] in ('delta', 'iceberg', 'hudi') -%}
            {%- do return(customer_lifecycle.default__delete_rows(relation, column, literals)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set partitions = [] -%}
    {%- for literal in literals -%}
        {%- do partitions.append('partition (' ~ column ~ ' = ' ~ literal ~ ')') -%}
    {%- endfor -%}
    {%- do return('alter table ' ~ relation ~ ' drop if exists ' ~ partitions | join(', ')) -%}
{% endmacro %}


{# Config partition_by of a table that delete_rows deletes from. #}
{% macro partitioned_by(column) %}
    {% do return(column if target.type == 'spark' else none) %}
{% endmacro %}
