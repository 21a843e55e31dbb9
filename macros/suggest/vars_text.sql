{# The vars block, as lines of YAML. #}
{% macro vars_text(path, input, profiles, guesses, reading, delimiter) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set quoted = customer_lifecycle.quote_yaml %}
    {% set text = [] %}
    {% if input != 'orders' %}
        {% do text.append('# It looks like ' ~ input ~ '; the orders are a file of their own, and go beside it.') %}
    {% endif %}
    {% do text.extend([
        'vars:',
        '  lifecycle_inputs: [' ~ ('orders' if input == 'orders' else 'orders, ' ~ input) ~ ']',
        '  lifecycle_input_files:',
        '    ' ~ input ~ ': ' ~ quoted(path),
        '  lifecycle_columns:',
        '    ' ~ input ~ ':',
    ]) %}
    {% set lines = [] %}
    {% set used = [] %}
    {% for name, guess in guesses.items() %}
        {% if guess.column %}
            {% do used.append(guess.column.name) %}
            {% do lines.append((
                name ~ ': ' ~ quoted(guess.column.name),
                guess.reason
                ~ ('; not ' ~ guess.candidates | join(', ') if guess.candidates else '')
            )) %}
        {% elif guess.unused %}
            {% do lines.append((name ~ ': null', guess.reason)) %}
        {% elif name in contract.required or guess.missing %}
            {% do lines.append(('# ' ~ name ~ ':', 'not guessed, see below')) %}
        {% endif %}
    {% endfor %}
    {% set width = lines | map('first') | map('length') | max %}
    {% for line, reason in lines %}
        {% do text.append('      ' ~ line.ljust(width) ~ '  # ' ~ reason) %}
    {% endfor %}
    {% set moment = customer_lifecycle.moment_of(contract, guesses) %}
    {% if reading.format %}
        {% set is_open = moment and moment.formats | length > 1 and not var('lifecycle_datetime_format', none) %}
        {% do text.append('  # lifecycle_datetime_format:  # not guessed, see below' if is_open
            else '  lifecycle_datetime_format: ' ~ quoted(reading.format)) %}
    {% endif %}
    {% if moment and customer_lifecycle.is_instant(moment) %}
        {% do text.append('  lifecycle_timezone: ' ~ var('lifecycle_timezone')
            ~ '  # whose calendar days are; one like Europe/Berlin') %}
    {% endif %}
    {% if reading.decimal_mark %}
        {% do text.append('  lifecycle_decimal_mark: ' ~ quoted(reading.decimal_mark)
            ~ '  # reads ' ~ ('1,234.50 and $12.50' if reading.decimal_mark == '.' else '1.234,50 and 12,50 €')) %}
    {% endif %}
    {% set delimiter = delimiter or var('lifecycle_csv_delimiter', none) %}
    {% if delimiter %}
        {% do text.append('  lifecycle_csv_delimiter: ' ~ quoted(delimiter)) %}
    {% endif %}
    {% do text.extend(customer_lifecycle.given_vars_text()) %}
    {% set unused = [] %}
    {% for profile in profiles if profile.name not in used
        and not (contract.passthrough and profile.name.lower().startswith(contract.passthrough)) %}
        {% do unused.append(profile.name) %}
    {% endfor %}
    {% if unused %}
        {% do text.extend(['#', '# Not used: ' ~ unused | join(', ')]) %}
    {% endif %}
    {% do return(text) %}
{% endmacro %}


{# What the user has written about rows and amounts, and is not asked again; but what the SQL has done already. #}
{% macro given_vars_text(done_in_sql=[]) %}
    {% set text = [] %}
    {% for name, value in {
        'lifecycle_amount_factor': {}, 'lifecycle_excluded_statuses': [], 'lifecycle_guest_ids': [],
        'lifecycle_latest_valid_date': none, 'lifecycle_as_of_date': none, 'lifecycle_repeated_orders': 'sum',
    }.items() if (var(name, none) or value) != value and name not in done_in_sql %}
        {% do text.append('  ' ~ name ~ ': ' ~ (var(name) if name == 'lifecycle_repeated_orders'
            else (var(name) | string | tojson) if name.endswith('_date') else var(name) | tojson)) %}
    {% endfor %}
    {% do return(text) %}
{% endmacro %}


{# The column of the first required moment, whose format is that of the file. #}
{% macro moment_of(contract, guesses) %}
    {% for name, kind in contract.required.items() if kind in ('moment', 'day') %}
        {% do return((guesses[name] or {}).column) %}
    {% endfor %}
    {% do return(none) %}
{% endmacro %}


{# Whether moments are instants, which move to the calendar of lifecycle_timezone. #}
{% macro is_instant(profile) %}
    {% do return('with time zone' in profile.type or profile.offsets > 0
        or (profile.format or '').startswith('epoch') or '%z' in (profile.format or '')) %}
{% endmacro %}
