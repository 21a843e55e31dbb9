{#
  The one macro that looks at an input: finds it, maps its columns to the contract, gives them the
  contract's types and adds missing optional ones as typed nulls. It keeps every row:
  - row_number      position in the file or files, 1 first; null for warehouse tables
  - malformed_text  the row as it stands in the file, when it is not a row of the CSV's shape
  - <column>_unread the value as text, when it could not be read as what the contract says
#}
{% macro read_input(input) %}
    {% if not execute %}
        {# Registers the lineage; the SQL is made when the model runs. #}
        {% set kind = customer_lifecycle.input_kind(input) %}
        {% if kind == 'model' %}
        select * from {{ ref(var('lifecycle_input_models')[input]) }}
        {% elif kind == 'table' %}
        select * from {{ source('lifecycle_input', input) }}
        {% endif %}
        {% do return('') %}
    {% endif %}

    {% set place = customer_lifecycle.input_place(input) %}
    {% if place.kind in ('model', 'table') %}
        {% set relation = ref(place.model) if place.kind == 'model' else source('lifecycle_input', input) %}
        {% set columns = customer_lifecycle.table_columns(relation, input) %}
    {% else %}
        {% set columns = customer_lifecycle.file_columns(place, input) %}
    {% endif %}
    {% set mapping = customer_lifecycle.map_columns(input, columns, place) %}

with source_rows as (
    {% if place.kind in ('model', 'table') %}
    select
        *,
        cast(null as bigint) as lifecycle_row_number,
        cast(null as {{ dbt.type_string() }}) as lifecycle_malformed
    from {{ relation }}
    {% elif place.kind == 'parquet' %}
    select
        *,
        {{ customer_lifecycle.parquet_row_number(place.files, columns) }} as lifecycle_row_number,
        cast(null as varchar) as lifecycle_malformed
    from {{ customer_lifecycle.read_parquet(place.files) }}
    {% else %}
    select * from {{ customer_lifecycle.csv_relation(input) }}
    {% endif %}
),

contract_columns as (
    select
        lifecycle_row_number as row_number,
        lifecycle_malformed as malformed_text,
        {{ customer_lifecycle.contract_columns(
            input, mapping, place.kind == 'csv', customer_lifecycle.how_to_read(input)
        ) }}
        {%- for column in mapping.get('passthrough', []) %},
        {{ customer_lifecycle.quoted_name(column) }}
        {%- endfor %}
    from source_rows
)

select * from contract_columns
{% endmacro %}


{# Every column of the contract, from the input's columns. #}
{% macro contract_columns(input, mapping, is_csv, reading) -%}
    {%- set contract = customer_lifecycle.input_contract()[input] -%}
    {%- for name, kind in customer_lifecycle.input_columns(input).items() -%}
    {{ customer_lifecycle.contract_column(
        name, kind, mapping.get(name), name in contract.required, is_csv, reading
    ) }}
    {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The input's column for each column of the contract; stops with a message when one is missing. #}
{% macro map_columns(input, columns, place) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set named = (var('lifecycle_columns', none) or {}).get(input) or {} %}
    {% set by_lower_name = {} %}
    {% for name, type in columns.items() %}
        {% do by_lower_name.update({name | lower: {'name': name, 'type': type | lower}}) %}
    {% endfor %}
    {% for name in ['lifecycle_row_number', 'lifecycle_malformed'] if name in by_lower_name %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: input " ~ input ~ customer_lifecycle.place_text(place)
            ~ " has a column named " ~ name ~ ", a name that the project uses itself. Rename it.") %}
    {% endfor %}
    {% set mapping = {} %}
    {% set missing = {} %}
    {% for name in customer_lifecycle.input_columns(input) %}
        {% set wanted = named.get(name, name) | string %}
        {% if named.get(name, name) is none and name in contract.optional %}
            {# The input's column of that name is not to be used. #}
        {% elif wanted | lower in by_lower_name %}
            {% do mapping.update({name: by_lower_name[wanted | lower]}) %}
        {% elif name in contract.required or name in named %}
            {% do missing.update({name: wanted}) %}
        {% endif %}
    {% endfor %}
    {% if missing %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: input " ~ input ~ customer_lifecycle.place_text(place)
            ~ " has no column " ~ missing.values() | join(', ') ~ ". It has: "
            ~ columns.keys() | join(', ') ~ ". Write what it is called there: lifecycle_columns: {"
            ~ input ~ ": {" ~ missing.keys() | join(': your_column, ') ~ ": your_column}}"
            ~ ("; dbt run-operation suggest_vars --args '{path: " ~ place.files[0] ~ "}' makes a guess."
                if place.files else ".")) %}
    {% endif %}
    {% for name, why in customer_lifecycle.columns_that_vars_need(input).items() if name not in mapping %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: " ~ why ~ ", but input " ~ input ~ customer_lifecycle.place_text(place)
            ~ " has no column " ~ name ~ ". It has: " ~ columns.keys() | join(', ')
            ~ ". Write what it is called there: lifecycle_columns: {" ~ input ~ ": {" ~ name
            ~ ": your_column}}; or leave that var out.") %}
    {% endfor %}
    {% if contract.passthrough %}
        {% do mapping.update({'passthrough': []}) %}
        {% for name in columns if name.lower().startswith(contract.passthrough) %}
            {% do mapping.passthrough.append(name) %}
        {% endfor %}
    {% endif %}
    {% do return(mapping) %}
{% endmacro %}


{# Optional columns without which a var would do nothing, each with what the var says. #}
{% macro columns_that_vars_need(input) %}
    {% set needed = {} %}
    {% set segment = var('lifecycle_model_segment', none) %}
    {% if input == 'customers' and segment in customer_lifecycle.segment_columns() %}
        {% do needed.update({segment: 'lifecycle_model_segment is ' ~ segment}) %}
    {% elif input == 'orders' and var('lifecycle_excluded_statuses', none) %}
        {% do needed.update({'status': 'lifecycle_excluded_statuses is '
            ~ (var('lifecycle_excluded_statuses') | tojson)}) %}
    {% endif %}
    {% do return(needed) %}
{% endmacro %}


{# The columns of files with their types. #}
{% macro file_columns(place, input) %}
    {% do return(
        customer_lifecycle.parquet_columns(place.files) if place.kind == 'parquet'
        else customer_lifecycle.csv_columns(place.files, input)
    ) %}
{% endmacro %}


{# Where an input is, for messages. #}
{% macro place_text(place) %}
    {% if place.files %}
        {% set others = place.files | length - 1 %}
        {% do return(' (' ~ place.files[0] ~ (' and ' ~ others ~ ' more' if others else '') ~ ')') %}
    {% endif %}
    {% do return(' (model ' ~ place.model ~ ')' if place.model else '') %}
{% endmacro %}


{% macro table_columns(relation, input) %}
    {% set columns = {} %}
    {% for column in adapter.get_columns_in_relation(relation) %}
        {% do columns.update({column.name: column.data_type}) %}
    {% endfor %}
    {% if not columns %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: input " ~ input ~ " is looked for in table " ~ relation
            ~ ", which is not there. Set lifecycle_input_database, lifecycle_input_schema or "
            ~ "lifecycle_input_tables: {" ~ input ~ ": your_table}; or lifecycle_input_dir for files; "
            ~ "or lifecycle_input_models: {" ~ input ~ ": your_model}.") %}
    {% endif %}
    {% do return(columns) %}
{% endmacro %}
