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


{#
  What an order comes to, from its lines: {sum: SQL or none, why}. As the layout says; an amount that stands
  once per order, or is the same in all its lines; a total of the line; quantity times price; the amount.
#}
{% macro order_amount(profiles, guesses, layout, reading) %}
    {% set value = {} %}
    {% for name in ['quantity', 'unit_price', 'line_total'] %}
        {% set profile = customer_lifecycle.column_named(name, profiles) %}
        {% if profile and customer_lifecycle.fits_kind('money', profile) %}{% do value.update({name: profile}) %}{% endif %}
    {% endfor %}
    {% for profile in profiles if layout.line_amount and profile.plain_name == layout.line_amount %}
        {% do return({
            'sum': 'sum(' ~ customer_lifecycle.line_value(profile, 'money', reading) ~ ')',
            'why': profile.name ~ ' is what a line comes to in ' ~ layout.name,
        }) %}
    {% endfor %}
    {% set amount = guesses.amount.column %}
    {% set is_price = amount and value.unit_price and amount.name == value.unit_price.name %}
    {% if amount and not is_price and not (value.line_total and amount.name == value.line_total.name) %}
        {% set read = customer_lifecycle.line_value(amount, 'money', reading) %}
        {% set query %}
            select
                count(case when filled = 1 and lines > 1 then 1 end) as once,
                count(case when filled > 1 and least_amount = most_amount then 1 end) as alike,
                count(case when lines > 1 then 1 end) as orders
            from (
                select
                    count(*) as lines, count({{ read }}) as filled,
                    min({{ read }}) as least_amount, max({{ read }}) as most_amount
                from lifecycle_suggest_sample
                group by {{ customer_lifecycle.quoted_name(guesses.order_id.column.name) }}
            )
        {% endset %}
        {% set once, alike, orders = run_query(query).rows[0].values() | map('int') %}
        {% if (once + alike) * 20 >= orders * 19 %}
            {% do return({
                'sum': 'max(' ~ read ~ ')',
                'is_of_order': true,
                'why': amount.name ~ ' is that of the whole order, and stands in '
                    ~ ('one of its lines' if once > alike else 'each of its lines'),
            }) %}
        {% endif %}
    {% endif %}
    {% if value.line_total %}
        {% do return({
            'sum': 'sum(' ~ customer_lifecycle.line_value(value.line_total, 'money', reading) ~ ')',
            'why': value.line_total.name ~ ' is what a line comes to',
        }) %}
    {% elif value.quantity and value.unit_price %}
        {% do return({
            'sum': 'sum(' ~ customer_lifecycle.line_value(value.quantity, 'number', reading) ~ ' * '
                ~ customer_lifecycle.line_value(value.unit_price, 'money', reading) ~ ')',
            'why': 'a line comes to ' ~ value.quantity.name ~ ' times ' ~ value.unit_price.name,
        }) %}
    {% elif amount %}
        {% do return({
            'sum': 'sum(' ~ customer_lifecycle.line_value(amount, 'money', reading) ~ ')',
            'why': amount.name ~ ' is what a line comes to',
        }) %}
    {% endif %}
    {% do return({'sum': none}) %}
{% endmacro %}


{# In how many orders the lines differ in a column. #}
{% macro orders_that_differ(profile, order_id) %}
    {% set value = customer_lifecycle.quoted_name(profile.name) %}
    {% do return(run_query(
        'select count(*) from (select 1 from lifecycle_suggest_rows where lifecycle_malformed is null group by '
        ~ customer_lifecycle.quoted_name(order_id.name) ~ ' having count(distinct nullif(lower(trim(cast('
        ~ value ~ " as varchar))), '')) > 1)"
    ).rows[0][0] | int) %}
{% endmacro %}


{#
  What is done about a status that differs within orders, whose smallest would be that of none: {where, having,
  notes}. Lines with a status of lifecycle_excluded_statuses are left out of the sums; where the amount is that of the
  whole order, orders are that have no other line.
#}
{% macro lines_by_status(status, order_id, is_of_order) %}
    {% set differ = customer_lifecycle.orders_that_differ(status, order_id) if status else 0 %}
    {% if not differ %}{% do return({}) %}{% endif %}
    {% set notes = [status.name ~ ' differs within ' ~ '{:,}'.format(differ) ~ ' orders, so it is one of lines: '
        ~ 'the SQL hands on none.'] %}
    {% set excluded = var('lifecycle_excluded_statuses', none) %}
    {% if not excluded %}
        {% do return({'notes': [notes[0] ~ ' It leaves lines out when you look again with lifecycle_excluded_statuses.']}) %}
    {% endif %}
    {% set is_kept = "coalesce(lower(trim(cast(" ~ customer_lifecycle.quoted_name(status.name)
        ~ " as varchar))), '') not in (" ~ customer_lifecycle.lower_texts(excluded) ~ ')' %}
    {% set left_out = run_query('select count(*) from lifecycle_suggest_rows where lifecycle_malformed is null '
        ~ 'and not ' ~ is_kept).rows[0][0] | int %}
    {% do return({
        'where': none if is_of_order else is_kept,
        'having': 'count(case when ' ~ is_kept ~ ' then 1 end) > 0' if is_of_order else none,
        'notes': [notes[0] ~ (' It leaves out the orders of which every line is ' if is_of_order
            else ' It leaves out the ' ~ '{:,}'.format(left_out) ~ ' lines that are ')
            ~ excluded | join(', ') ~ '.'],
    }) %}
{% endmacro %}


{#
  {text, open, notes, done_in_sql}: the SQL that makes orders of the lines with the vars that read them, or what is
  not guessed. Leaves the orders in lifecycle_suggest_lines. Its amounts are as they stand in the file: the factor of
  lifecycle_amount_factor stays in the vars.
#}
{% macro lines_text(path, place, profiles, guesses, layout, reading, delimiter) %}
    {% set reading = dict(reading, factor=1) %}
    {% set order_id = guesses.order_id.column %}
    {% set line_value = customer_lifecycle.line_value %}
    {% set amount = customer_lifecycle.order_amount(profiles, guesses, layout, reading) %}
    {% set text = ['# It has a row per order line: ' ~ order_id.name ~ ' repeats ('
        ~ customer_lifecycle.content_text('key', order_id) ~ '). Orders have a row each.'] %}
    {% set open = [] %}
    {% for name in ['customer_id', 'ordered_at'] if not guesses[name].column %}
        {% do open.append(name) %}
    {% endfor %}
    {% if not amount.sum %}{% do open.append('amount') %}{% endif %}
    {% if open %}
        {% do text.append('# Add its lines up by order, and look at the file of orders next. (Not '
            ~ 'guessed: ' ~ open | join(', ') ~ '; it has '
            ~ profiles | map(attribute='name') | join(', ') ~ '.)') %}
        {% do return({'text': text, 'open': open}) %}
    {% endif %}
    {% set status = customer_lifecycle.lines_by_status(guesses.status.column, order_id, amount.is_of_order) %}
    {% set columns = [] %}
    {% for name in ['customer_id', 'ordered_at', 'channel', 'currency', 'status']
        if guesses[name].column and not (name == 'status' and status) %}
        {% do columns.append('min(' ~ line_value(
            guesses[name].column, customer_lifecycle.input_columns('orders')[name], reading
        ) ~ ') as ' ~ name) %}
    {% endfor %}
    {% set query %}
select
    {{ line_value(order_id, 'key', reading) }} as order_id,
    {{ columns | join(',\n    ') }},
    cast({{ amount.sum }} as {{ var('lifecycle_money_type') }}) as amount
{%- endset %}
    {% set has_id %}nullif(trim(cast({{ customer_lifecycle.quoted_name(order_id.name) }} as varchar)), '') is not null{% endset %}
    {% set rows_and_groups = has_id ~ ('\n    and ' ~ status.where if status.where) ~ '\ngroup by 1'
        ~ ('\nhaving ' ~ status.having if status.having) %}
    {% set malformed = run_query(
        'select count(*) from lifecycle_suggest_rows where lifecycle_malformed is not null').rows[0][0] | int %}
    {% set orders_file = customer_lifecycle.beside(path, 'orders') %}
    {% do text.extend([
        '# ' ~ guesses.customer_id.column.name ~ ' is the customer (' ~ guesses.customer_id.reason ~ '), '
            ~ guesses.ordered_at.column.name ~ ' the moment; ' ~ amount.why ~ '.',
        '# This SQL, run in DuckDB, makes the file that the vars below name:',
    ]) %}
    {% do text.extend(customer_lifecycle.copy_text(
        query.strip() ~ '\nfrom ' ~ customer_lifecycle.source_text(place, delimiter, malformed > 0)
        ~ '\nwhere ' ~ rows_and_groups ~ '\norder by 1', orders_file
    )) %}
    {% do text.extend([
        'vars:',
        '  lifecycle_inputs: [orders]',
        '  lifecycle_input_files:',
        '    orders: ' ~ customer_lifecycle.quote_yaml(orders_file),
    ]) %}
    {% call statement('add_up_lines') %}
        create or replace temp table lifecycle_suggest_lines as
        {{ query }}, cast(null as varchar) as lifecycle_malformed
        from lifecycle_suggest_rows
        where lifecycle_malformed is null and {{ rows_and_groups }}
    {% endcall %}
    {% set without_id, unread = run_query(
        'select count(case when not ' ~ has_id ~ ' then 1 end) as without_id, '
        ~ '(select count(*) from lifecycle_suggest_lines where amount is null) as unread '
        ~ 'from lifecycle_suggest_rows where lifecycle_malformed is null'
    ).rows[0].values() | map('int') %}
    {% set notes = [] %}
    {% if malformed %}
        {% do notes.append('{:,}'.format(malformed) ~ ' lines do not have the columns of the file and are left out.') %}
    {% endif %}
    {% if without_id %}
        {% do notes.append('{:,}'.format(without_id) ~ ' lines have no ' ~ order_id.name ~ ' and are left out.') %}
    {% endif %}
    {% if unread %}
        {% do notes.append('The amount of ' ~ '{:,}'.format(unread) ~ ' orders cannot be read in any line.') %}
    {% endif %}
    {% for name, what in {
        'customer_id': 'the first in the alphabet is taken for the customer',
        'currency': 'amounts are added up as they are, under the first in the alphabet',
    }.items() if guesses[name].column %}
        {% set differ = customer_lifecycle.orders_that_differ(guesses[name].column, order_id) %}
        {% if differ %}
            {% do notes.append(guesses[name].column.name ~ ' differs within ' ~ '{:,}'.format(differ) ~ ' orders: '
                ~ what ~ '.') %}
        {% endif %}
    {% endfor %}
    {% do return({
        'text': text, 'open': [], 'notes': status.get('notes', []) + notes,
        'done_in_sql': ['lifecycle_excluded_statuses'] if status else [],
    }) %}
{% endmacro %}


{# A value of a line, read as a build reads it. #}
{% macro line_value(profile, kind, reading) %}
    {% set value = customer_lifecycle.quoted_name(profile.name) %}
    {% if kind in ('money', 'number') %}
        {% do return(customer_lifecycle.read_money(value, profile.type, reading)) %}
    {% elif kind == 'moment' %}
        {% do return(modules.re.sub('\\s+', ' ', customer_lifecycle.read_moment(
            value, profile.type, profile.format) | trim)) %}
    {% elif kind == 'key' and customer_lifecycle.is_text(profile.type) %}
        {% do return('regexp_replace(' ~ value ~ ", '^(-?[0-9]+)\\.0+$', '\\1')") %}
    {% elif kind == 'key' %}
        {% do return(modules.re.sub('\\s+', ' ', customer_lifecycle.whole_number_text(value, profile.type) | trim)) %}
    {% endif %}
    {% do return(value) %}
{% endmacro %}


{# The files, as a person reads them in DuckDB: nothing about them is left to guess, since a "#" at the
   beginning of lines would be one of comments. Malformed lines, where there are any, are left out. #}
{% macro source_text(place, delimiter, has_malformed) %}
    {% set files = customer_lifecycle.quote_paths(place.files) %}
    {% if place.kind == 'parquet' %}
        {% do return('read_parquet(' ~ files ~ ', union_by_name = true)') %}
    {% endif %}
    {% set header = customer_lifecycle.csv_header(place.files[0], 'orders', delimiter) %}
    {% do return(
        'read_csv(' ~ files ~ ', header = true, all_varchar = true, union_by_name = true, delim = '
        ~ customer_lifecycle.quote_text(header.delimiter.replace('\t', '\\t'))
        ~ ", quote = '\"', escape = '\"', comment = '', skip = 0"
        ~ (', ignore_errors = true' if has_malformed) ~ ')') %}
{% endmacro %}


{# A new Parquet file beside one, or beside a folder. #}
{% macro beside(path, what) %}
    {% set stem = modules.re.sub('\\.(parquet|csv|tsv|txt)(\\.gz)?$', '', path.rstrip('/')) %}
    {% do return(stem ~ '.' ~ what ~ '.parquet') %}
{% endmacro %}


{% macro copy_text(query, new_file) %}
    {% set sql = 'copy (\n' ~ query ~ '\n) to ' ~ customer_lifecycle.quote_text(new_file)
        ~ ' (format parquet);' %}
    {% set text = [] %}
    {% for line in sql.split('\n') %}{% do text.append('#   ' ~ line) %}{% endfor %}
    {% do return(text) %}
{% endmacro %}
