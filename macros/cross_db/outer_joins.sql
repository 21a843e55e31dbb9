{#
  The beginning of an outer join's condition in which no columns are equal. BigQuery refuses such a join,
  so there one equality is added that holds wherever the two columns are known, as they are in every row
  that is joined. Elsewhere nothing is added.
#}
{% macro both_known(left_column, right_column) %}
    {{- return(adapter.dispatch('both_known', 'customer_lifecycle')(left_column, right_column)) -}}
{% endmacro %}

{% macro default__both_known(left_column, right_column) %}{% endmacro %}

{% macro bigquery__both_known(left_column, right_column) -%}
    ({{ left_column }} is null) = ({{ right_column }} is null) and
{%- endmacro %}
