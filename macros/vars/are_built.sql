{#
  Whether models and seeds of this package are in the warehouse. A test that compares several asks, since
  dbt also runs it when only one of them was selected; then it says nothing. What is switched off counts
  as built. Looked up by name, since dbt makes a dictionary of each node of the graph that is gone through.
#}
{% macro are_built(names) %}
    {% if not execute %}{% do return(true) %}{% endif %}
    {% for name in names %}
        {% set node = graph.nodes.get('model.customer_lifecycle.' ~ name)
            or graph.nodes.get('seed.customer_lifecycle.' ~ name) %}
        {% if node and not adapter.get_relation(node.database, node.schema, node.alias) %}
            {% do return(false) %}
        {% endif %}
    {% endfor %}
    {% do return(true) %}
{% endmacro %}
