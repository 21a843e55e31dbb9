{#
  The rooms and what each needs. A room that lifecycle_rooms leaves out is not in the graph: its models
  begin with config(enabled=...), its seeds and Python models have it in their YAML. Three marts are
  there with any choice, customer_360, customer_value and wake_up_list: what they would read from a room
  that is off is null. Without purchase_models there is also no NBD for customer_silence: customers with
  too few gaps of their own are judged by days alone.
#}
{% macro rooms() %}
    {% do return({
        'orders': [],
        'silence': [],
        'customers': [],
        'monitoring': [],
        'segments': [],
        'lifecycle': [],
        'purchase_models': [],
        'value': ['purchase_models'],
        'activation': [],
        'history': ['segments', 'lifecycle'],
        'kpis': ['history'],
        'markov': ['history', 'purchase_models', 'value'],
        'certificates': [],
    }) %}
{% endmacro %}


{# The rooms that are always there. #}
{% macro core_rooms() %}{% do return(['orders', 'silence', 'customers', 'monitoring']) %}{% endmacro %}


{# Whether a room is switched on. #}
{% macro has_room(room) %}
    {% set chosen = var('lifecycle_rooms', none) or [] %}
    {% do return('all' in chosen or room in chosen or room in customer_lifecycle.core_rooms()) %}
{% endmacro %}


{# Stops the parse when the list cannot be, before dbt finds out by a reference to a model that is not
   there. lifecycle_as_of calls it, which is in every graph. #}
{% macro check_rooms() %}
    {% set problem = customer_lifecycle.problem_of_rooms(var('lifecycle_rooms', none) or []) %}
    {% if problem %}{% do exceptions.raise_compiler_error('customer_lifecycle: ' ~ problem) %}{% endif %}
{% endmacro %}


{# Stops the parse as well where an input is on whose rows belong to those of one that is off. #}
{% macro check_parent_inputs() %}
    {% for input, contract in customer_lifecycle.input_contract().items()
        if contract.refers_to and customer_lifecycle.has_input(input)
        and not customer_lifecycle.has_input(contract.refers_to.input) %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: the rows of the input ' ~ input ~ ' belong to those of '
            ~ contract.refers_to.input ~ ', which is off; write ' ~ contract.refers_to.input
            ~ ' into lifecycle_inputs as well, or leave ' ~ input ~ ' out.') %}
    {% endfor %}
{% endmacro %}


{# What is wrong with lifecycle_rooms and what to write instead; none when nothing is. #}
{% macro problem_of_rooms(chosen) %}
    {% set rooms = customer_lifecycle.rooms() %}
    {% set choices = rooms.keys() | reject('in', customer_lifecycle.core_rooms()) | join(', ') %}
    {% if chosen == 'all' or chosen == ['all'] %}{% do return(none) %}{% endif %}
    {% if chosen is string or chosen is mapping or chosen is not iterable %}
        {% do return(
            'lifecycle_rooms is ' ~ (chosen | tojson) ~ '; write a list of some of: ' ~ choices
            ~ '; or all.') %}
    {% endif %}
    {% for room in chosen if room not in rooms and room != 'all' %}
        {% do return(
            'lifecycle_rooms has ' ~ (room | tojson) ~ ', which is no room; write some of: ' ~ choices
            ~ '; or all.') %}
    {% endfor %}
    {% for room in chosen if room != 'all' and 'all' not in chosen %}
        {% set missing = customer_lifecycle.rooms_behind(room, chosen) %}
        {% if missing %}
            {% do return(
                'lifecycle_rooms has ' ~ room ~ ', which needs ' ~ missing | join(', ')
                ~ '; write lifecycle_rooms: [' ~ (chosen + missing) | join(', ') ~ '], or leave '
                ~ room ~ ' out.') %}
        {% endif %}
    {% endfor %}
    {% do return(none) %}
{% endmacro %}


{# The rooms that a room needs, directly or through others, and that are not chosen. #}
{% macro rooms_behind(room, chosen) %}
    {% set missing = [] %}
    {% for needed in customer_lifecycle.rooms()[room] %}
        {% for name in [needed] + customer_lifecycle.rooms_behind(needed, chosen)
            if name not in chosen and name not in missing %}
            {% do missing.append(name) %}
        {% endfor %}
    {% endfor %}
    {% do return(missing) %}
{% endmacro %}


{# Whether dbt Python models are built. #}
{% macro has_python() %}{% do return(var('lifecycle_purchase_models') is not false) %}{% endmacro %}


{# Whether they fit the purchase models. #}
{% macro has_fits() %}
    {% do return(customer_lifecycle.has_python() and customer_lifecycle.has_room('purchase_models')) %}
{% endmacro %}
