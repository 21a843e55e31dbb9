{# The texts of a column in one, in order, as an aggregate; nulls are left out. dbt's listagg has no order
   on Spark. #}
{% macro ordered_list(text, delimiter, order_by) %}
    {{- return(adapter.dispatch('ordered_list', 'customer_lifecycle')(text, delimiter, order_by)) -}}
{% endmacro %}

{% macro default__ordered_list(text, delimiter, order_by) %}
    {%- do return(dbt.listagg(text, "'" ~ delimiter ~ "'", 'order by ' ~ order_by)) -%}
{% endmacro %}

{% macro spark__ordered_list(text, delimiter, order_by) -%}
    nullif(array_join(transform(
        array_sort(collect_list(struct({{ order_by }} as place, {{ text }} as part))), item -> item.part
    ), '{{ delimiter }}'), '')
{%- endmacro %}
