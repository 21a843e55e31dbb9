{# What a file holds that a build would read without a word, each with the var that reads it otherwise. #}

{# Values of a column of the file with their rows, the most frequent first. #}
{% macro value_counts(profile, limit) %}
    {% do return(run_query(
        'select trim(cast(' ~ customer_lifecycle.quoted_name(profile.name) ~ ' as varchar)) as value, count(*) '
        ~ 'from lifecycle_suggest_rows where lifecycle_malformed is null group by 1 having value <> \'\' '
        ~ 'order by 2 desc, 1 limit ' ~ limit
    ).rows) %}
{% endmacro %}


{# Statuses and flags of orders that may be no sales, and refunds that stand in a column of their own. #}
{% macro status_findings(profiles, guesses, rows_are='Orders') %}
    {% set number = '{:,}'.format %}
    {% set findings = [] %}
    {% set status = guesses.status.column if guesses.status %}
    {% if status and not var('lifecycle_excluded_statuses', none) %}
        {% set no_sale = 'cancel|void|fail|declin|refus|expire|pending|draft|queue|skip|error|chargeback|disput'
            ~ '|denied|revers|refund|return|unpaid|abandon|trash|hold|test|storn|annul|rembours|retour|closed'
            ~ '|offen|incomplete|requires|blocked|reject|hidden' %}
        {% set proposed, counts, others = [], [], [] %}
        {% for value, count in customer_lifecycle.value_counts(status, 40) %}
            {% if modules.re.search(no_sale, value | lower) and 'partial' not in value | lower %}
                {% do proposed.append(customer_lifecycle.quote_yaml(value)) %}
                {% do counts.append(number(count | int) ~ ' ' ~ value) %}
            {% elif 'partial' in value | lower %}
                {% do others.append(number(count | int) ~ ' ' ~ value) %}
            {% endif %}
        {% endfor %}
        {% if proposed %}
            {% do findings.append(rows_are ~ ' of every ' ~ status.name ~ ' count as sales: ' ~ counts | join(', ')
                ~ (', and ' ~ others | join(', ') ~ ' in full' if others else '')
                ~ '. To leave them out: lifecycle_excluded_statuses: [' ~ proposed | join(', ') ~ '].') %}
        {% endif %}
    {% endif %}
    {% set used = guesses.values() | map(attribute='column') | select | map(attribute='name') | list %}
    {% for profile in profiles if profile.name not in used and profile.filled %}
        {% set name = profile.plain_name %}
        {% if modules.re.fullmatch('(cancel|cancell|refund|void|delet|disput|return)ed(at|on|date|dateutc)', name) %}
            {% do findings.append(profile.name ~ ' is filled in ' ~ number(profile.filled | int)
                ~ ' rows, which count as sales all the same.') %}
        {% elif modules.re.fullmatch('(is)?(test|refunded|cancelled|canceled|voided|deleted|disputed|paid|captured|livemode|customerisguest)', name) %}
            {% set bad = ('false', '0', 'no') if name in ('paid', 'captured', 'livemode') else ('true', '1', 'yes') %}
            {% for value, count in customer_lifecycle.value_counts(profile, 5) if value | lower in bad %}
                {% do findings.append(profile.name ~ ' is ' ~ value ~ ' in ' ~ number(count | int)
                    ~ ' rows, which count like the others.') %}
            {% endfor %}
        {% elif modules.re.fullmatch('(total|base|order|partial)*(amount)?(refund(ed|s)?)(amount|total|price)?', name)
            and profile.numbers %}
            {% set rows, total = run_query(
                'select count(*), sum(value) from (select try_cast(' ~ customer_lifecycle.quoted_name(profile.name)
                ~ ' as decimal(18, 4)) as value from lifecycle_suggest_rows) where value <> 0').rows[0].values() %}
            {% if rows %}
                {% do findings.append(profile.name ~ ' holds ' ~ '{:,.2f}'.format(total) ~ ' in ' ~ number(rows | int)
                    ~ ' rows, which the amount does not take off: a refund is a row with a negative amount.') %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% do return(findings) %}
{% endmacro %}


{# Values that stand for many people, and ids that differ in how they are written. #}
{% macro customer_findings(found, guesses) %}
    {% set number = '{:,}'.format %}
    {% set share = customer_lifecycle.percent_text %}
    {% set findings = [] %}
    {% set customer = guesses.customer_id.column %}
    {% set guests = (var('lifecycle_guest_ids', none) or []) | map('string') | map('lower') | list %}
    {% set words = customer_lifecycle.words_for_guests() %}
    {% set rows = run_query('select count(*) from lifecycle_suggest_rows').rows[0][0] | int %}
    {% if guesses.customer_id.instead %}
        {% do findings.append(guesses.customer_id.instead ~ ', so ' ~ customer.name ~ ' is taken for the customer. '
            ~ 'If it should be the other: lifecycle_columns: {orders: {customer_id: ...}} and lifecycle_guest_ids.') %}
    {% endif %}
    {% set names_found, words_found, large = [], [], [] %}
    {% for value, count in customer_lifecycle.value_counts(customer, 20) if value | lower not in guests %}
        {% set is_word = "'" ~ value | lower ~ "'" in words %}
        {% if is_word or (count * 20 > rows and count > 4 and found.customers > 20) %}
            {% set name = customer_lifecycle.quote_yaml(value) %}
            {% if is_word %}{% do names_found.append(name) %}{% endif %}
            {% do (words_found if is_word else large).append(
                name ~ ' (' ~ share(count / rows) ~ ' of the rows)') %}
        {% endif %}
    {% endfor %}
    {% if words_found %}
        {% do findings.append('Values of ' ~ customer.name ~ ' stand for guests, who count as one customer: '
            ~ words_found | join(', ') ~ '. To leave them out: lifecycle_guest_ids: ['
            ~ names_found | join(', ') ~ '].') %}
    {% endif %}
    {% if large %}
        {% do findings.append('Is each of these one customer? ' ~ large | join(', ')
            ~ '. Who stands for many people goes into lifecycle_guest_ids.') %}
    {% endif %}
    {% if found.customers_alike < found.customers %}
        {% do findings.append(number((found.customers - found.customers_alike) | int) ~ ' of the customers differ from '
            ~ 'others only in capitals, blanks or the form of their letters, and count as people of their own: '
            ~ 'write ' ~ customer.name ~ ' alike first, with lower(trim(nfc_normalize(...))).') %}
    {% endif %}
    {% if customer.blanks * 2 > customer.filled %}
        {% do findings.append(share(customer.blanks / customer.rows) ~ ' of the values of ' ~ customer.name
            ~ ' begin or end with a blank, which is a part of them: they are found in no other file without it.') %}
    {% endif %}
    {% if guesses.order_id.column.powers %}
        {% do findings.append(number(guesses.order_id.column.powers | int) ~ ' values of '
            ~ guesses.order_id.column.name ~ ' are like 2.34568E+17: a spreadsheet has lost their last digits.') %}
    {% endif %}
    {% do return(findings) %}
{% endmacro %}


{# Cents, and how amounts with marks are read. #}
{% macro money_findings(profiles, guesses, reading) %}
    {% set number = '{:,}'.format %}
    {% set findings = [] %}
    {% set amount = guesses.amount.column if guesses.amount %}
    {% if reading.decimal_mark and amount and amount.either > amount.numbers %}
        {% do findings.append(number((amount.either - amount.numbers) | int) ~ ' values of ' ~ amount.name
            ~ ' are no plain numbers, and read with lifecycle_decimal_mark: "' ~ reading.decimal_mark ~ '".') %}
    {% endif %}
    {% if amount and not amount.fractions and not amount.marked and reading.factor == 1 %}
        {% set half = run_query(
            'select median(abs(amount)) from lifecycle_suggest_orders where reason is null').rows[0][0] %}
        {% if half >= 200 %}
            {% do findings.append('All values of ' ~ amount.name ~ ' are whole numbers, half of them above '
                ~ number(half | int) ~ '. If they are cents: lifecycle_amount_factor: {orders: 0.01}.') %}
        {% endif %}
    {% endif %}
    {% do return(findings) %}
{% endmacro %}


{# Orders whose day is another in the calendar of lifecycle_timezone than the file writes. #}
{% macro moment_findings(guesses, reading) %}
    {% set moment = guesses.ordered_at.column %}
    {% if not customer_lifecycle.is_instant(moment) %}{% do return([]) %}{% endif %}
    {% set zone = var('lifecycle_timezone') %}
    {% if not customer_lifecycle.is_text(moment.type) or not moment.offsets or moment.format %}
        {% do return([moment.name ~ ' holds instants: calendar days are those of ' ~ zone
            ~ '. Is that where the shop is? If not: lifecycle_timezone.']) %}
    {% endif %}
    {% set value = customer_lifecycle.quoted_name(moment.name) %}
    {% set moved, rows = run_query(
        'select count(case when cast(' ~ customer_lifecycle.read_moment(value, moment.type, none) ~ ' as date) <> '
        ~ 'try_cast(left(trim(' ~ value ~ '), 10) as date) then 1 end), count(' ~ value ~ ') '
        ~ 'from lifecycle_suggest_rows'
    ).rows[0].values() | map('int') %}
    {% do return([moment.name ~ ' has an offset, and calendar days are those of ' ~ zone ~ ': '
        ~ '{:,}'.format(moved) ~ ' of ' ~ '{:,}'.format(rows) ~ ' rows are on another day than the one written. '
        ~ 'If the shop is elsewhere: lifecycle_timezone: Europe/Berlin, or where it is.']) %}
{% endmacro %}
