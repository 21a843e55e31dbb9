{# The vars block, as lines of YAML. #}
{% macro vars_text(path, input, profiles, guesses, delimiter) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set quoted = customer_lifecycle.quote_yaml %}
    {% set text = [] %}
    {% if input != 'orders' %}
        {% do text.append('# It looks like ' ~ input ~ '; the orders are a file of their own.') %}
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
        {% elif name in contract.required %}
            {% do lines.append(('# ' ~ name ~ ':', 'not guessed, see below')) %}
        {% endif %}
    {% endfor %}
    {% set width = lines | map('first') | map('length') | max %}
    {% for line, reason in lines %}
        {% do text.append('      ' ~ line.ljust(width) ~ '  # ' ~ reason) %}
    {% endfor %}
    {% set moment = customer_lifecycle.moment_of(contract, guesses) %}
    {% set format = (moment.format or var('lifecycle_datetime_format', none)) if moment %}
    {% if format %}
        {% set is_open = moment.formats | length > 1 %}
        {% do text.append('  # lifecycle_datetime_format:  # not guessed, see below' if is_open
            else '  lifecycle_datetime_format: ' ~ quoted(format)) %}
    {% endif %}
    {% if moment and 'with time zone' in moment.type %}
        {% do text.append('  lifecycle_timezone: ' ~ var('lifecycle_timezone')
            ~ '  # whose calendar days are; one like Europe/Berlin') %}
    {% endif %}
    {% set delimiter = delimiter or var('lifecycle_csv_delimiter', none) %}
    {% if delimiter %}
        {% do text.append('  lifecycle_csv_delimiter: ' ~ quoted(delimiter)) %}
    {% endif %}
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


{# The column of the first required moment, whose format is that of the file. #}
{% macro moment_of(contract, guesses) %}
    {% for name, kind in contract.required.items() if kind in ('moment', 'day') %}
        {% do return(guesses[name].column) %}
    {% endfor %}
    {% do return(none) %}
{% endmacro %}
