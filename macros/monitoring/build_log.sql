{# The number of the last build in the log, 0 before the first. The log is looked up and not
   referenced, since it is written after those who ask. #}
{% macro last_build() %}
    {% set log = customer_lifecycle.build_log_relation() if execute %}
    {% if not log %}{% do return(0) %}{% endif %}
    {% set found = run_query('select coalesce(max(build_number), 0) from ' ~ log) %}
    {% do return(found.columns[0][0] | int) %}
{% endmacro %}


{% macro build_log_relation() %}
    {% set log = graph.nodes.get('model.customer_lifecycle.lifecycle_build_log') %}
    {% if log %}
        {% do return(adapter.get_relation(log.database, log.schema, log.alias)) %}
    {% endif %}
    {% do return(none) %}
{% endmacro %}


{# Pre-hook of the states: those of builds before the last one, or of one that did not get as far as
   the log, are compared with no more. #}
{% macro forget_older_states() %}
    {% if not execute or not is_incremental() %}{% do return('') %}{% endif %}
    {% set older = run_query('select distinct build_number from ' ~ this
        ~ ' where build_number <> ' ~ customer_lifecycle.last_build()) %}
    {% do return(customer_lifecycle.delete_rows(this, 'build_number', older.columns[0].values() | list)) %}
{% endmacro %}


{# On-run-end: the row of a build in which something of the project failed after it was written. #}
{% macro forget_failed_build(results) %}
    {% if not execute %}{% do return('') %}{% endif %}
    {% set found = namespace(is_logged=false, is_failed=false) %}
    {% for result in results if result.node.package_name == 'customer_lifecycle' %}
        {% if result.status in ('error', 'fail') %}
            {% set found.is_failed = true %}
        {% elif result.node.unique_id == 'model.customer_lifecycle.lifecycle_build_log' %}
            {% set found.is_logged = result.status == 'success' %}
        {% endif %}
    {% endfor %}
    {% if found.is_logged and found.is_failed %}
        {% do return(customer_lifecycle.delete_rows(
            customer_lifecycle.build_log_relation(), 'build_number', [customer_lifecycle.last_build()])) %}
    {% endif %}
{% endmacro %}


{# As in dbt_project.yml, which Jinja cannot read. #}
{% macro project_version() %}{% do return('0.1.0') %}{% endmacro %}
