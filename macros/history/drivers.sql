{# Whether it is looked at who drops out more readily than others. #}
{% macro has_drivers() %}
    {% do return(customer_lifecycle.has_room('history') and customer_lifecycle.has_room('purchase_models')) %}
{% endmacro %}


{# The columns of the customers input that are traits, as SQL by their names. #}
{% macro trait_columns() %}
    {% set columns = {} %}
    {% if customer_lifecycle.has_input('customers') %}
        {% do columns.update({'region': 'region', 'acquisition_channel': 'acquisition_channel'}) %}
        {% for name in var('lifecycle_driver_columns') or [] %}
            {% do columns.update({
                name: customer_lifecycle.customers_column(name, 'lifecycle_driver_columns', 'or leave it out')
            }) %}
        {% endfor %}
    {% endif %}
    {% do return(columns) %}
{% endmacro %}
