{# Whether an input is switched on: named in lifecycle_inputs, or in a var that says where it is. #}
{% macro has_input(input) %}
    {% set inputs = var('lifecycle_inputs', none) or [] %}
    {% for name in ['lifecycle_input_models', 'lifecycle_input_files', 'lifecycle_input_tables'] %}
        {% set by_input = var(name, none) %}
        {% if by_input is mapping and input in by_input %}{% do return(true) %}{% endif %}
    {% endfor %}
    {% do return(input == 'orders' or (inputs is not string and input in inputs)) %}
{% endmacro %}


{# The inputs that are. #}
{% macro inputs() %}
    {% set inputs = [] %}
    {% for input in customer_lifecycle.input_contract() if customer_lifecycle.has_input(input) %}
        {% do inputs.append(input) %}
    {% endfor %}
    {% do return(inputs) %}
{% endmacro %}


{#
  Where an input comes from: model, file or table. A model of the consumer goes before a file that is
  named, that before a folder of inputs, and files before warehouse tables. (In step with `enabled` in
  _staging__sources.yml, where macros cannot be called.) In this project itself an input can be nowhere:
  warehouse tables are read when a var says so, and the demo only when nothing is named.
#}
{% macro input_kind(input) %}
    {% set models, files = var('lifecycle_input_models', none), var('lifecycle_input_files', none) %}
    {% if models is mapping and input in models %}{% do return('model') %}{% endif %}
    {% if files is mapping and input in files %}{% do return('file') %}{% endif %}
    {% if customer_lifecycle.input_folder() is not none %}{% do return('file') %}{% endif %}
    {% do return('table' if customer_lifecycle.reads_tables() else 'nowhere') %}
{% endmacro %}


{# Whether inputs of which nothing else is said are warehouse tables. #}
{% macro reads_tables() %}
    {% do return(
        project_name != 'customer_lifecycle'
        or var('lifecycle_input_schema', none)
        or var('lifecycle_input_database', none)
        or var('lifecycle_input_tables', none)
    ) %}
{% endmacro %}


{# The same with what is found there: {kind: model | table | parquet | csv, model, files}. #}
{% macro input_place(input) %}
    {% set kind = customer_lifecycle.input_kind(input) %}
    {% if kind == 'model' %}
        {% do return({'kind': 'model', 'model': var('lifecycle_input_models')[input]}) %}
    {% elif kind == 'table' %}
        {% do return({'kind': 'table'}) %}
    {% elif kind == 'nowhere' %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: nothing says where the input ' ~ input ~ ' is. Write lifecycle_input_files: {'
            ~ input ~ ': /path/to/file.csv}, lifecycle_input_tables: {' ~ input ~ ': your_table}, '
            ~ 'lifecycle_input_models: {' ~ input ~ ': your_model} or lifecycle_input_dir. (The demo is read '
            ~ 'only when no input is named.)') %}
    {% endif %}
    {% set path = (var('lifecycle_input_files', none) or {}).get(input) %}
    {% do return(customer_lifecycle.file_place(
        customer_lifecycle.files_at(path) if path
        else customer_lifecycle.input_files(customer_lifecycle.input_folder(), input)
    )) %}
{% endmacro %}


{% macro file_place(files) %}
    {% set is_parquet = files[0].lower().endswith('.parquet') %}
    {% do return({'kind': 'parquet' if is_parquet else 'csv', 'files': files}) %}
{% endmacro %}


{# The folder of input files; none when the inputs are elsewhere. #}
{% macro input_folder() %}
    {% set folder = var('lifecycle_input_dir', none) %}
    {% if folder %}
        {% do return(folder | string) %}
    {% elif not customer_lifecycle.reads_tables() and not customer_lifecycle.names_an_input() %}
        {% do return(customer_lifecycle.project_folder() ~ '/data/demo/cdnow') %}
    {% endif %}
    {% do return(none) %}
{% endmacro %}


{# Whether a var speaks of somebody's own inputs: the demo is never mixed with them. #}
{% macro names_an_input() %}
    {% do return(
        var('lifecycle_input_models', none)
        or var('lifecycle_input_files', none)
        or var('lifecycle_columns', none)
        or (var('lifecycle_inputs', none) or ['orders']) != ['orders']
    ) %}
{% endmacro %}


{#
  The orders of a data set of the demo, as `make build` writes them; none in another project, on
  another warehouse or when they are not there.
#}
{% macro demo_files(data_set) %}
    {% if not execute or project_name != 'customer_lifecycle' or target.type != 'duckdb' %}
        {% do return([]) %}
    {% endif %}
    {% set folder = customer_lifecycle.project_folder() ~ '/data/demo/' ~ data_set %}
    {% do return(customer_lifecycle.glob(folder, '/orders.parquet')) %}
{% endmacro %}


{#
  The files of an input in reading order: <input>.parquet, <input>.csv (.tsv, .gz) or a folder
  <input>/ of such. A relative folder counts from where dbt was called, else from the project.
#}
{% macro input_files(folder, input) %}
    {% set folder = folder.rstrip('/') %}
    {% set seen = [] %}
    {% for root in customer_lifecycle.path_roots(folder) %}
        {% set formats = {} %}
        {# By file name alone: the folder may be called like an input. #}
        {% for place, name in [(folder, input), (folder ~ '/' ~ input, '[^/]*')] %}
            {% for file in customer_lifecycle.glob(root ~ place, '/*') %}
                {% set format = customer_lifecycle.file_format(file, name) %}
                {% if format %}
                    {% set kind = input ~ ('.' if name == input else '/*.') ~ format %}
                    {% do formats.setdefault(kind, []).append(file) %}
                {% else %}
                    {% do seen.append(file) %}
                {% endif %}
            {% endfor %}
        {% endfor %}
        {% if formats %}
            {% do return(customer_lifecycle.one_format(formats, 'input ' ~ input, folder)) %}
        {% endif %}
    {% endfor %}
    {% do exceptions.raise_compiler_error(
        "customer_lifecycle: no file for input " ~ input ~ " in " ~ folder
        ~ (" (which has: " ~ seen[:5] | join(', ') ~ ")" if seen else " (which is empty or not there)")
        ~ ". Put " ~ input ~ ".parquet or " ~ input ~ ".csv there (or a folder " ~ input
        ~ "/ of such files); point lifecycle_input_dir at the right folder; name the file, whatever "
        ~ "it is called, with lifecycle_input_files: {" ~ input ~ ": /path/to/file}"
        ~ ("." if input == 'orders' else "; or take " ~ input ~ " out of lifecycle_inputs.")) %}
{% endmacro %}


{# The file at a path, whatever its name, or the Parquet or CSV files in the folder there. #}
{% macro files_at(path) %}
    {% set path = (path | string).rstrip('/') %}
    {% set seen = [] %}
    {% for root in customer_lifecycle.path_roots(path) %}
        {% set file = customer_lifecycle.glob(root ~ path, '') %}
        {% if file and customer_lifecycle.is_hidden(path) %}
            {% do exceptions.raise_compiler_error(
                "customer_lifecycle: " ~ path ~ " is a hidden file, as macOS leaves one beside each file "
                ~ "(._orders.csv beside orders.csv). Name the file itself.") %}
        {% endif %}
        {% set other_format = '\\.(xlsx?|xlsm|ods|jsonl?|zip|sas7bdat|sav)$' %}
        {% if file and modules.re.search(other_format, path | lower) %}
            {% do exceptions.raise_compiler_error(
                "customer_lifecycle: " ~ path ~ " is neither Parquet nor CSV. Save it as CSV (UTF-8, "
                ~ "with a header line) or as Parquet, and name that file.") %}
        {% elif file %}
            {% do return(file) %}
        {% endif %}
        {% set formats = {} %}
        {% for file in customer_lifecycle.glob(root ~ path, '/*') %}
            {% set format = customer_lifecycle.file_format(file, '[^/]*') %}
            {% if format %}
                {% do formats.setdefault('*.' ~ format, []).append(file) %}
            {% else %}
                {% do seen.append(file) %}
            {% endif %}
        {% endfor %}
        {% if formats %}
            {% do return(customer_lifecycle.one_format(formats, 'the input', path)) %}
        {% endif %}
    {% endfor %}
    {% do exceptions.raise_compiler_error(
        "customer_lifecycle: there is no file " ~ path
        ~ (" and no Parquet or CSV file in it (it has: " ~ seen[:5] | join(', ') ~ ")" if seen
            else ", nor a folder with files")
        ~ ". Write the path of a Parquet or CSV file, or of a folder of such; a relative one counts "
        ~ "from where dbt is called, else from the project.") %}
{% endmacro %}


{# Where a path may begin. #}
{% macro path_roots(path) %}
    {% if target.type != 'duckdb' %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: lifecycle_input_dir and lifecycle_input_files read files, which needs "
            ~ "DuckDB; the target is " ~ target.type ~ ". Load the files as tables and set "
            ~ "lifecycle_input_schema instead.") %}
    {% endif %}
    {% set is_absolute = path.startswith('/') or modules.re.match('[A-Za-z][A-Za-z0-9+.-]*:', path) %}
    {% do return([''] if is_absolute else ['', customer_lifecycle.project_folder() ~ '/']) %}
{% endmacro %}


{# Hidden files are no inputs, though they may be called like one: macOS leaves ._orders.csv beside
   orders.csv on other people's disks. #}
{% macro is_hidden(file) %}
    {% do return((modules.re.split('[/\\\\]', file) | last).startswith('.')) %}
{% endmacro %}


{# How a file of that name (a pattern) ends, if it is one that can be read. #}
{% macro file_format(file, name) %}
    {% if customer_lifecycle.is_hidden(file) %}{% do return(none) %}{% endif %}
    {% set last_part = modules.re.split('[/\\\\]', file) | last %}
    {% for format in ['parquet', 'csv', 'csv.gz', 'tsv', 'tsv.gz'] %}
        {% set pattern = name ~ modules.re.escape('.' ~ format) %}
        {% if modules.re.fullmatch(pattern, last_part, modules.re.IGNORECASE) %}
            {% do return(format) %}
        {% endif %}
    {% endfor %}
    {% do return(none) %}
{% endmacro %}


{% macro one_format(formats, what, folder) %}
    {% if formats | length > 1 %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: " ~ what ~ " is there more than once in " ~ folder ~ ": "
            ~ formats.keys() | join(' and ') ~ ". Keep one of them.") %}
    {% endif %}
    {% do return(formats.values() | first) %}
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
