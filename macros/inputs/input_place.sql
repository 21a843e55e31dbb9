{#
  Where an input comes from: {kind: off | model | table | parquet | csv, files: [...]}.
  A model of the consumer goes before files, and files before warehouse tables.
#}
{% macro input_place(input) %}
    {% if input not in var('lifecycle_inputs') %}
        {% do return({'kind': 'off'}) %}
    {% elif input in (var('lifecycle_input_models', none) or {}) %}
        {% do return({'kind': 'model', 'model': var('lifecycle_input_models')[input]}) %}
    {% endif %}
    {% set folder = customer_lifecycle.input_folder() %}
    {% if folder is none %}
        {% do return({'kind': 'table'}) %}
    {% endif %}
    {% set files = customer_lifecycle.input_files(folder, input) %}
    {% do return({
        'kind': 'parquet' if files[0].lower().endswith('.parquet') else 'csv',
        'files': files,
    }) %}
{% endmacro %}


{# The folder of input files, or none when the inputs are warehouse tables. #}
{% macro input_folder() %}
    {% set folder = var('lifecycle_input_dir', none) %}
    {% set wants_tables = var('lifecycle_input_schema', none)
        or var('lifecycle_input_database', none)
        or var('lifecycle_input_tables', none) %}
    {% if folder %}
        {% do return(folder | string) %}
    {% elif project_name == 'customer_lifecycle' and not wants_tables %}
        {% do return(invocation_args_dict.project_dir ~ '/data/demo/cdnow') %}
    {% endif %}
    {% do return(none) %}
{% endmacro %}


{#
  The orders of a data set of the demo, as `make build` writes them; none in another project, on
  another warehouse or when they are not there.
#}
{% macro demo_files(data_set) %}
    {% if not execute or project_name != 'customer_lifecycle' or target.type != 'duckdb' %}
        {% do return([]) %}
    {% endif %}
    {% set folder = invocation_args_dict.project_dir ~ '/data/demo/' ~ data_set %}
    {% do return(customer_lifecycle.glob(folder, '/orders.parquet')) %}
{% endmacro %}


{#
  The files of an input in reading order: <input>.parquet, <input>.csv (.tsv, .gz) or a folder
  <input>/ of such. A relative folder counts from where dbt was called, else from the project.
#}
{% macro input_files(folder, input) %}
    {% if target.type != 'duckdb' %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: lifecycle_input_dir reads files, which needs DuckDB; the target is "
            ~ target.type ~ ". Load the files as tables and set lifecycle_input_schema instead.") %}
    {% endif %}
    {% set folder = folder.rstrip('/') %}
    {% set is_absolute = folder.startswith('/') or modules.re.match('[A-Za-z][A-Za-z0-9+.-]*:', folder) %}
    {% set roots = [''] if is_absolute else ['', invocation_args_dict.project_dir ~ '/'] %}
    {% set seen = [] %}
    {% for root in roots %}
        {% set found = [] %}
        {% set formats = [] %}
        {# By file name alone: the folder may be called like an input. #}
        {% for place, name in [(folder, input), (folder ~ '/' ~ input, '[^/]*')] %}
            {% for file in customer_lifecycle.glob(root ~ place, '/*') %}
                {% set match = modules.re.fullmatch(
                    name ~ '\\.(parquet|(?:csv|tsv)(?:\\.gz)?)',
                    modules.re.split('[/\\\\]', file) | last, modules.re.IGNORECASE
                ) %}
                {% if match %}
                    {% do found.append(file) %}
                    {% set kind = input ~ ('.' if name == input else '/*.') ~ match.group(1) | lower %}
                    {% if kind not in formats %}{% do formats.append(kind) %}{% endif %}
                {% else %}
                    {% do seen.append(file) %}
                {% endif %}
            {% endfor %}
        {% endfor %}
        {% if formats | length > 1 %}
            {% do exceptions.raise_compiler_error(
                "customer_lifecycle: input " ~ input ~ " is there more than once in " ~ folder ~ ": "
                ~ formats | join(' and ') ~ ". Keep one of them.") %}
        {% elif found %}
            {% do return(found) %}
        {% endif %}
    {% endfor %}
    {% do exceptions.raise_compiler_error(
        "customer_lifecycle: no file for input " ~ input ~ " in " ~ folder
        ~ (" (which has: " ~ seen[:5] | join(', ') ~ ")" if seen else " (which is empty or not there)")
        ~ ". Put " ~ input ~ ".parquet or " ~ input ~ ".csv there (or a folder " ~ input
        ~ "/ of such files), point lifecycle_input_dir at the right folder, or take "
        ~ input ~ " out of lifecycle_inputs.") %}
{% endmacro %}


{# Files that match, sorted. Wildcards in the path itself are taken literally. #}
{% macro glob(path, pattern) %}
    {% set literal = path.replace('[', '[[]').replace('*', '[*]').replace('?', '[?]') %}
    {% set found = run_query(
        "select file from glob(" ~ customer_lifecycle.quote_text(literal ~ pattern) ~ ") order by file"
    ) %}
    {% do return(found.columns[0].values() | list) %}
{% endmacro %}


{% macro quote_text(text) %}{% do return("'" ~ (text | string).replace("'", "''") ~ "'") %}{% endmacro %}
