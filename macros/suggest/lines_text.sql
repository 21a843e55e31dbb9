{# A file with a row per order line: how to make orders of it. #}

{# Order ids that repeat, beside products, lines or quantities. #}
{% macro has_row_per_line(profiles, guesses) %}
    {% set order_id = guesses.order_id.column %}
    {% if not order_id or order_id.different * 20 > order_id.filled * 19 %}
        {% do return(false) %}
    {% endif %}
    {% for name in ['product_id', 'quantity', 'line_number'] %}
        {% if customer_lifecycle.column_named(name, profiles) %}{% do return(true) %}{% endif %}
    {% endfor %}
    {% do return(false) %}
{% endmacro %}


{# The column that is most likely called so. #}
{% macro column_named(name, profiles) %}
    {% set best = namespace(likeness=50, column=none) %}
    {% for profile in profiles %}
        {% set likeness = customer_lifecycle.name_likeness(name, profile) %}
        {% if likeness > best.likeness %}
            {% set best.likeness = likeness %}
            {% set best.column = profile %}
        {% endif %}
    {% endfor %}
    {% do return(best.column) %}
{% endmacro %}


{% macro lines_text(path, place, profiles, guesses, delimiter) %}
    {% set is_csv = place.kind == 'csv' %}
    {% set order_id = guesses.order_id.column %}
    {% set text = ['# It has a row per order line: ' ~ order_id.name ~ ' repeats ('
        ~ customer_lifecycle.content_text('key', order_id) ~ '). Orders have a row each.'] %}
    {% set quantity = customer_lifecycle.column_named('quantity', profiles) %}
    {% set unit_price = customer_lifecycle.column_named('unit_price', profiles) %}
    {% set amount = guesses.amount.column %}
    {% set open = [] %}
    {% for name in ['customer_id', 'ordered_at'] if not guesses[name].column %}
        {% do open.append(name) %}
    {% endfor %}
    {% if not amount and not (quantity and unit_price) %}{% do open.append('amount') %}{% endif %}
    {% if open %}
        {% do text.append('# Add its lines up by order, and look at the file of orders next. (Not '
            ~ 'guessed: ' ~ open | join(', ') ~ '; it has '
            ~ profiles | map(attribute='name') | join(', ') ~ '.)') %}
        {% do return(text) %}
    {% endif %}
    {% if quantity and unit_price %}
        {% set sum = customer_lifecycle.line_value(quantity, 'money', is_csv) ~ ' * '
            ~ customer_lifecycle.line_value(unit_price, 'money', is_csv) %}
    {% else %}
        {% set sum = customer_lifecycle.line_value(amount, 'money', is_csv) %}
    {% endif %}
    {% set line_value = customer_lifecycle.line_value %}
    {% set query %}
select
    {{ line_value(order_id, 'key', is_csv) }} as order_id,
    min({{ line_value(guesses.customer_id.column, 'key', is_csv) }}) as customer_id,
    min({{ line_value(guesses.ordered_at.column, 'moment', is_csv) }}) as ordered_at,
    cast(sum({{ sum }}) as decimal(18, 4)) as amount
{%- endset %}
    {% set orders_file = customer_lifecycle.beside(path, 'orders') %}
    {% do text.append('# This SQL, run in DuckDB, makes the file that the vars below name:') %}
    {% do text.extend(customer_lifecycle.copy_text(
        query.strip() ~ '\nfrom ' ~ customer_lifecycle.source_text(place, delimiter)
        ~ '\ngroup by 1\norder by 1', orders_file
    )) %}
    {% do text.extend([
        'vars:',
        '  lifecycle_inputs: [orders]',
        '  lifecycle_input_files:',
        '    orders: ' ~ customer_lifecycle.quote_yaml(orders_file),
    ]) %}

    {% set unread = run_query(
        'select count(*) from lifecycle_suggest_rows where (' ~ sum ~ ') is null'
    ).rows[0][0] | int %}
    {% call statement('add_up_lines') %}
        create or replace temp table lifecycle_suggest_lines as
        {{ query }}, cast(null as varchar) as lifecycle_malformed
        from lifecycle_suggest_rows
        where lifecycle_malformed is null
        group by 1
    {% endcall %}
    {% set mapping = {} %}
    {% for row in run_query('describe lifecycle_suggest_lines').rows %}
        {% do mapping.update({row[0]: {'name': row[0], 'type': row[1] | lower}}) %}
    {% endfor %}
    {% if unread %}
        {% do text.extend(['#', '# The value of ' ~ '{:,}'.format(unread)
            ~ ' lines cannot be read; they add nothing to their order.']) %}
    {% endif %}
    {% do text.extend(
        customer_lifecycle.prediction_text('lifecycle_suggest_lines', mapping, false, none)) %}
    {% do return(text) %}
{% endmacro %}


{# A value of a line, for a query that a person reads. #}
{% macro line_value(profile, kind, is_csv) %}
    {% set value = adapter.quote(profile.name) %}
    {% set is_text = customer_lifecycle.is_text(profile.type) %}
    {% if kind == 'money' and is_text %}
        {% do return('try_cast(' ~ value ~ ' as decimal(18, 4))') %}
    {% elif kind == 'moment' and profile.format %}
        {% do return('try_strptime(cast(' ~ value ~ ' as varchar), '
            ~ customer_lifecycle.quote_text(profile.format) ~ ')') %}
    {% elif kind == 'moment' and is_text %}
        {% do return('try_cast(' ~ value ~ ' as timestamp)') %}
    {% elif kind == 'key' and is_csv %}
        {% do return('regexp_replace(' ~ value ~ ", '\\.0+$', '')") %}
    {% endif %}
    {% do return(value) %}
{% endmacro %}
