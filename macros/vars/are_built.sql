{#
  Whether models and seeds of this package are in the warehouse. A test that compares several asks, since
  dbt also runs it when only one of them was selected; then it says nothing.
#}
{% macro are_built(names) %}
    {% if not execute %}{% do return(true) %}{% endif %}
    {% for node in graph.nodes.values()
        if node.package_name == 'customer_lifecycle' and node.name in names
        and node.resource_type in ('model', 'seed')
        and not adapter.get_relation(node.database, node.schema, node.alias) %}
        {% do return(false) %}
    {% endfor %}
    {% do return(true) %}
{% endmacro %}
