{#
  Looks at a Parquet or CSV file, or a folder of such, and prints the vars that it can be built
  with, the reason of each guess, and what staging will make of it:
  dbt run-operation suggest_vars --args '{path: /path/to/file}' --quiet
  Files are read by the macros that builds read them with.
#}
{% macro suggest_vars(path) %}
    {% set place = customer_lifecycle.file_place(customer_lifecycle.files_at(path)) %}
    {% set is_csv = place.kind == 'csv' %}
    {% set delimiter = customer_lifecycle.unusual_delimiter(place.files[0]) if is_csv %}
    {% set columns = customer_lifecycle.csv_columns(place.files, 'orders', delimiter) if is_csv
        else customer_lifecycle.parquet_columns(place.files) %}
    {% if is_csv %}{% do customer_lifecycle.check_header(place.files[0], columns) %}{% endif %}
    {% do customer_lifecycle.load_suggest_rows(place, delimiter) %}
    {% set profiles = customer_lifecycle.profile_columns(columns) %}
    {% set rows = run_query('select count(*) from lifecycle_suggest_rows').rows[0][0] | int %}

    {% set text = ['# ' ~ path ~ ': ' ~ '{:,}'.format(rows) ~ ' rows, '
        ~ '{:,}'.format(columns | length) ~ ' columns'
        ~ (', in ' ~ place.files | length ~ ' files' if place.files | length > 1 else ''),
    ] %}
    {% if rows > 100000 %}
        {% do text.append('# Columns are guessed from 100,000 rows; all are counted.') %}
    {% endif %}
    {% if not rows %}
        {% do text.append('# There are no rows to look at.') %}
        {% do print(text | join('\n')) %}
        {% do return('') %}
    {% endif %}
    {% set input = customer_lifecycle.likely_input(profiles) %}
    {% set guesses = customer_lifecycle.guess_columns(input, profiles) %}
    {% set with_commas = customer_lifecycle.amounts_with_commas(profiles) %}
    {% if with_commas %}
        {% do text.extend(customer_lifecycle.commas_text(path, place, with_commas, delimiter)) %}
    {% elif input == 'orders' and customer_lifecycle.has_row_per_line(profiles, guesses) %}
        {% do text.extend(
            customer_lifecycle.lines_text(path, place, profiles, guesses, delimiter)) %}
    {% else %}
        {% do text.extend(
            customer_lifecycle.vars_text(path, input, profiles, guesses, delimiter)) %}
        {% set open = customer_lifecycle.open_questions(input, guesses) %}
        {% if open %}
            {% do text.extend(['#', '# Not guessed, so nothing is counted:']) %}
            {% for question in open %}{% do text.append('#   - ' ~ question) %}{% endfor %}
            {% do text.append('# Write it above, save this as own.vars.yml, and look again: '
                ~ 'make suggest INPUT=... VARS=own.vars.yml') %}
        {% elif input == 'orders' %}
            {% set mapping = {} %}
            {% for name, guess in guesses.items() if guess.column %}
                {% do mapping.update({name: guess.column}) %}
            {% endfor %}
            {% do text.extend(customer_lifecycle.prediction_text(
                'lifecycle_suggest_rows', mapping, is_csv, guesses.ordered_at.column.format
            )) %}
        {% endif %}
    {% endif %}
    {% do print(text | join('\n')) %}
{% endmacro %}


{# The delimiter of a file whose header has none of the usual; none when a build finds it itself. #}
{% macro unusual_delimiter(file) %}
    {% set header = customer_lifecycle.csv_header(file, 'orders') %}
    {% if header.names | length > 1 or var('lifecycle_csv_delimiter', none) %}
        {% do return(none) %}
    {% endif %}
    {% set lines = customer_lifecycle.first_lines(file, 10) %}
    {% for candidate in ['^', '~', '¦', '§', '#', ':', '/', ' '] %}
        {% set counts = [] %}
        {% for line in lines if line %}{% do counts.append(line.count(candidate)) %}{% endfor %}
        {% if counts[0] >= 2 and counts | unique | list | length == 1 %}
            {% do return(candidate) %}
        {% endif %}
    {% endfor %}
    {% do return(none) %}
{% endmacro %}


{# A first line of values would be lost as a header. #}
{% macro check_header(file, columns) %}
    {% set values = [] %}
    {% for name in columns if modules.re.fullmatch('[-+]?[0-9][-0-9.,:/T ]*Z?', name) %}
        {% do values.append(name) %}
    {% endfor %}
    {% if values | length * 3 >= columns | length %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: ' ~ file ~ ' has no header line, it seems: its first line has '
            ~ values[:3] | join(', ') ~ '. Write one above it that names each column, like '
            ~ 'order_id,customer_id,ordered_at,amount.') %}
    {% endif %}
{% endmacro %}


{% macro load_suggest_rows(place, delimiter) %}
    {% call statement('load_suggest_rows') %}
        {% if place.kind == 'csv' %}
        {{ customer_lifecycle.read_csv_files(
            place.files, 'temp table lifecycle_suggest_rows', 'orders', delimiter
        ) }}
        {% else %}
        create or replace temp view lifecycle_suggest_rows as
        select *, cast(null as varchar) as lifecycle_malformed
        from {{ customer_lifecycle.read_parquet(place.files) }};
        {% endif %}
        create or replace temp table lifecycle_suggest_sample as
        select * from lifecycle_suggest_rows where lifecycle_malformed is null limit 100000;
    {% endcall %}
{% endmacro %}


{# The input whose required columns all have names in the file, the first; else orders. #}
{% macro likely_input(profiles) %}
    {% set has_order_id = namespace(value=false) %}
    {% for profile in profiles if customer_lifecycle.name_likeness('order_id', profile) > 50 %}
        {% set has_order_id.value = true %}
    {% endfor %}
    {% for input, contract in customer_lifecycle.input_contract().items()
        if 'order_id' in contract.required or not has_order_id.value %}
        {% set guesses = customer_lifecycle.guess_columns(input, profiles) %}
        {% set sure = [] %}
        {% for name in contract.required if guesses[name].column
            and customer_lifecycle.name_likeness(name, guesses[name].column) > 50 %}
            {% do sure.append(name) %}
        {% endfor %}
        {% if sure | length == contract.required | length %}{% do return(input) %}{% endif %}
    {% endfor %}
    {% do return('orders') %}
{% endmacro %}


{# What must be said by a person: required columns, and which of two formats. #}
{% macro open_questions(input, guesses) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set open = [] %}
    {% for name, kind in contract.required.items() %}
        {% set guess = guesses[name] %}
        {% if not guess.column %}
            {% do open.append(name ~ ': '
                ~ ('is it ' ~ guess.candidates | join(', or ') ~ '?' if guess.candidates
                    else 'no column looks like it.')) %}
        {% elif kind in ('moment', 'day') and guess.column.formats | length > 1 %}
            {% do open.append('lifecycle_datetime_format: "' ~ guess.column.formats | join('" or "')
                ~ '"? No value of ' ~ guess.column.name ~ ' tells them apart.') %}
        {% endif %}
    {% endfor %}
    {% do return(open) %}
{% endmacro %}
