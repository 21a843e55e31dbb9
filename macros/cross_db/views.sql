{#
  Post-hook: makes a view of DuckDB anew without the name of the database in it. That name is the file's,
  so a view that bore it could not be read in a warehouse that was copied, renamed or attached as another.
#}
{% macro view_of_any_file() %}
    {% if not execute or target.type != 'duckdb' or model.config.materialized != 'view'
        or this.database != target.database %}
        {% do return('') %}
    {% endif %}
    {% set sql = model.compiled_code.replace(adapter.quote(this.database) ~ '.' ~ '"', '"') %}
    {% do run_query(
        'create or replace view ' ~ this.include(database=false) ~ ' as (' ~ sql ~ '\n)') %}
    {% do persist_docs(this, model) %}
    {% do return('') %}
{% endmacro %}
