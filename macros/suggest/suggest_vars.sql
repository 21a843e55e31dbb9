{#
  Looks at a Parquet or CSV file, or a folder of such, and prints the vars that it can be built
  with, the reason of each guess, and what staging will make of it:
  dbt run-operation suggest_vars --args '{path: /path/to/file}' --quiet
  Files are read by the macros that builds read them with.
#}
{% macro suggest_vars(path) %}
    {% if not dbt_version.startswith('1.') %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: suggest_vars needs dbt v1, since v2 forgets temporary tables after each query. '
            ~ 'The vars that it prints are good for both.') %}
    {% endif %}
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
    {% set layout = customer_lifecycle.layout_of(profiles) %}
    {% if layout.name %}{% do text.append('# It looks like ' ~ layout.name ~ '.') %}{% endif %}
    {% set input = customer_lifecycle.likely_input(path, profiles, layout) %}
    {% set guesses = customer_lifecycle.guess_columns(input, profiles, layout) %}
    {% set moment = customer_lifecycle.moment_of(customer_lifecycle.input_contract()[input], guesses) %}
    {% set reading = dict(customer_lifecycle.how_to_read(input), **{
        'format': (moment.format if moment) or var('lifecycle_datetime_format', none),
        'decimal_mark': customer_lifecycle.likely_decimal_mark(input, profiles, guesses, layout),
    }) %}
    {% set open = customer_lifecycle.open_questions(input, guesses, reading) %}
    {% if reading.decimal_mark not in ('.', ',') %}{% do reading.update({'decimal_mark': none}) %}{% endif %}
    {% set prediction = [] %}
    {% if input == 'orders' and customer_lifecycle.has_row_per_line(profiles, guesses) %}
        {% set lines = customer_lifecycle.lines_text(
            path, place, profiles, guesses, layout, reading, delimiter) %}
        {% do text.extend(lines.text) %}
        {% if not lines.open %}
            {% if customer_lifecycle.is_instant(moment) %}
                {% do text.append('  lifecycle_timezone: ' ~ var('lifecycle_timezone')
                    ~ '  # of the calendar days in that SQL; another one: look again with it') %}
            {% endif %}
            {% do text.extend(customer_lifecycle.given_vars_text(lines.done_in_sql)) %}
            {% set open = [] %}
            {% set mapping = {} %}
            {% for row in run_query('describe lifecycle_suggest_lines').rows %}
                {% do mapping.update({row[0]: {'name': row[0], 'type': row[1] | lower}}) %}
            {% endfor %}
            {% do prediction.extend(customer_lifecycle.prediction_text(
                'lifecycle_suggest_lines', mapping, false, {'factor': reading.factor}, lines.notes, profiles, guesses,
                'Lines')) %}
        {% endif %}
    {% else %}
        {% do text.extend(
            customer_lifecycle.vars_text(path, input, profiles, guesses, reading, delimiter)) %}
        {% if input == 'orders' and not open %}
            {% set mapping = {} %}
            {% for name, guess in guesses.items() if guess.column %}
                {% do mapping.update({name: guess.column}) %}
            {% endfor %}
            {% do prediction.extend(customer_lifecycle.prediction_text(
                'lifecycle_suggest_rows', mapping, is_csv, reading, [], profiles, guesses)) %}
        {% endif %}
    {% endif %}
    {% if open %}
        {% do text.extend(['#', '# Not guessed, so nothing is counted:']) %}
        {% for question in open %}{% do text.append('#   - ' ~ question) %}{% endfor %}
        {% do text.append('# Write it above, save this as own.vars.yml, and look again: '
            ~ 'make suggest INPUT=... VARS=own.vars.yml') %}
    {% endif %}
    {% do print((text + prediction) | join('\n')) %}
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


{#
  The input that a file is: what the user has written; else the first whose required columns all have names
  in the file; else orders. Customers have a row each, and neither order ids nor amounts.
#}
{% macro likely_input(path, profiles, layout) %}
    {% for input, file in (var('lifecycle_input_files', none) or {}).items() if file == path %}
        {% do return(input) %}
    {% endfor %}
    {% set named = var('lifecycle_columns', none) or {} %}
    {% if named | length == 1 %}{% do return(named.keys() | first) %}{% endif %}
    {% if layout.input %}{% do return(layout.input) %}{% endif %}
    {% set sure = {} %}
    {% for input, contract in customer_lifecycle.input_contract().items() %}
        {% set guesses = customer_lifecycle.guess_columns(input, profiles, layout) %}
        {% set names = [] %}
        {% for name in contract.required if guesses[name].column
            and customer_lifecycle.name_likeness(name, guesses[name].column, layout) > 50 %}
            {% do names.append(name) %}
        {% endfor %}
        {% do sure.update({input: names}) %}
        {% set customer = guesses.customer_id.column if guesses.customer_id %}
        {% set fits = 'order_id' in contract.required or not (
            'order_id' in sure.orders and sure.orders | length > 1 and 'ordered_at' in sure.orders
            and ('amount' in sure.orders or layout.name)) %}
        {% if input == 'customers' and customer %}
            {% set fits = fits and 'amount' not in sure.orders
                and customer.different * 20 >= customer.filled * 19 %}
        {% endif %}
        {% if fits and names | length == contract.required | length %}{% do return(input) %}{% endif %}
    {% endfor %}
    {% do return('orders') %}
{% endmacro %}


{# The decimal mark in which all amounts of a file can be read; none when they are plain numbers, and mixed or
   unclear when it cannot be told. #}
{% macro likely_decimal_mark(input, profiles, guesses, layout) %}
    {% set given = var('lifecycle_decimal_mark', none) %}
    {% if given %}{% do return(given) %}{% endif %}
    {% set amounts = [] %}
    {% for name, kind in customer_lifecycle.input_columns(input).items()
        if kind in ('money', 'number') and guesses[name].column %}
        {% do amounts.append(guesses[name].column) %}
    {% endfor %}
    {% for name in ['unit_price', 'line_total'] if input == 'orders' %}
        {% set profile = customer_lifecycle.column_named(name, profiles) %}
        {% if profile and customer_lifecycle.fits_kind('money', profile) %}{% do amounts.append(profile) %}{% endif %}
    {% endfor %}
    {% for profile in profiles if profile.plain_name == layout.line_amount %}{% do amounts.append(profile) %}{% endfor %}
    {% set marks = [] %}
    {% for profile in amounts %}
        {% set mark = customer_lifecycle.decimal_mark_of(profile) %}
        {% if mark and mark not in marks %}{% do marks.append(mark) %}{% endif %}
    {% endfor %}
    {% do return(none if not marks else marks[0] if marks | length == 1 else 'mixed') %}
{% endmacro %}


{# What must be said by a person: required columns, which of two formats, how amounts are written. #}
{% macro open_questions(input, guesses, reading) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set open = [] %}
    {% for name, kind in customer_lifecycle.input_columns(input).items() %}
        {% set guess = guesses[name] %}
        {% if guess.missing %}
            {% do open.append(name ~ ': lifecycle_columns says ' ~ customer_lifecycle.quote_yaml(guess.missing | string)
                ~ ', and there is no such column.') %}
        {% elif name in contract.required and not guess.column %}
            {% do open.append(name ~ ': '
                ~ ('is it ' ~ guess.candidates | join(', or ') ~ '?' if guess.candidates
                    else 'no column looks like it.')) %}
        {% elif name in contract.required and kind in ('moment', 'day')
            and guess.column.formats | length > 1 and not var('lifecycle_datetime_format', none) %}
            {% do open.append('lifecycle_datetime_format: "' ~ guess.column.formats | join('" or "')
                ~ '"? No value of ' ~ guess.column.name ~ ' tells them apart.') %}
        {% endif %}
    {% endfor %}
    {% set amount = guesses.amount.column if guesses.amount %}
    {% if reading.decimal_mark == 'unclear' %}
        {% do open.append('lifecycle_decimal_mark: "." or ","? Nothing tells whether 1,234 is more than a thousand.') %}
    {% elif reading.decimal_mark == 'mixed' and amount %}
        {% do open.append('amount: ' ~ amount.name ~ ' has decimal points in some rows and decimal commas in others ('
            ~ '{:,}'.format(amount.points | int) ~ ' read with a point, ' ~ '{:,}'.format(amount.commas | int)
            ~ ' with a comma). Write them alike first: which mark is meant must be asked where the file comes '
            ~ 'from. With lifecycle_decimal_mark the others are rejected as unreadable_amount.') %}
    {% endif %}
    {% do return(open) %}
{% endmacro %}
