{#
  Which segment of lifecycle_model_segment a customer belongs to, as text. `history` has one row per
  customer, `customers` that customer's row of the customers input, if there is one.
#}
{% macro model_segment(history, customers) -%}
    {%- set split_by = var('lifecycle_model_segment', none) -%}
    {%- if split_by is none -%}
    cast('all' as {{ dbt.type_string() }})
    {%- elif split_by == 'first_purchase_quarter' -%}
    {%- set first_day = history ~ '.first_purchase_on' -%}
    cast(cast(extract(year from {{ first_day }}) as integer) as {{ dbt.type_string() }}) || '-Q'
        || cast(cast(extract(quarter from {{ first_day }}) as integer) as {{ dbt.type_string() }})
    {%- else -%}
    {%- set column = customers ~ '.' ~ customer_lifecycle.model_segment_column() -%}
    coalesce(nullif(trim(cast({{ column }} as {{ dbt.type_string() }})), ''), 'unknown')
    {%- endif -%}
{%- endmacro %}


{# Whether the var names a column of the customers input. #}
{% macro is_segment_in_customers() -%}
    {% do return(
        var('lifecycle_model_segment', none) not in (none, 'first_purchase_quarter')
        and customer_lifecycle.has_input('customers')
    ) %}
{%- endmacro %}


{# The columns of the contract that can split the customers. #}
{% macro segment_columns() -%}
    {% set columns = [] %}
    {% for name, kind in customer_lifecycle.input_contract().customers.optional.items()
        if kind in ('text', 'flag') %}
        {% do columns.append(name) %}
    {% endfor %}
    {% do return(columns) %}
{%- endmacro %}


{# The column of the var as the warehouse spells it; stops when it is an x_ one that is not there. #}
{% macro model_segment_column() -%}
    {% do return(customer_lifecycle.customers_column(
        var('lifecycle_model_segment') | string, 'lifecycle_model_segment',
        customer_lifecycle.segment_columns() | join(', ') ~ ', first_purchase_quarter or null'
    )) %}
{%- endmacro %}


{#
  A column of the customers input as the warehouse spells it; stops when it is an x_ one that is not there, and
  says what to write into the var instead.
#}
{% macro customers_column(name, var_name, otherwise) -%}
    {% if not name.lower().startswith('x_') %}
        {% do return(name) %}
    {% endif %}
    {% set own_columns = [] %}
    {% set columns = [] if not execute
        else adapter.get_columns_in_relation(ref('stg_lifecycle__customers')) %}
    {% for column in columns if column.name.lower().startswith('x_') %}
        {% do own_columns.append(column.name) %}
        {% if column.name.lower() == name.lower() %}
            {% do return(adapter.quote(column.name)) %}
        {% endif %}
    {% endfor %}
    {# Without any columns the table is not built yet, as when SQL is only compiled. #}
    {% if columns %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: ' ~ var_name ~ ' is ' ~ name
            ~ ', but the customers input has no such column. '
            ~ ('It has: ' ~ own_columns | join(', ') ~ '. Write one of those, ' if own_columns
               else 'It has no x_ column. Write ') ~ otherwise ~ '.') %}
    {% endif %}
    {% do return(adapter.quote(name)) %}
{%- endmacro %}


{# Whether models are fitted to each segment, too. #}
{% macro models_are_split() -%}
    {% do return(
        customer_lifecycle.has_fits()
        and var('lifecycle_model_segment', none) is not none
    ) %}
{%- endmacro %}
