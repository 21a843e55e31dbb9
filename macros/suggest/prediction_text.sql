{#
  What staging will make of the orders, counted with its own rules; and what will hurt. `mapping` as
  map_columns gives it. `notes` are what is known already, `guesses` those of the file itself, `rows_are` what
  its rows are.
#}
{% macro prediction_text(relation, mapping, is_csv, reading, notes, profiles, guesses, rows_are='Orders') %}
    {% do customer_lifecycle.screen_suggested_orders(relation, mapping, is_csv, reading) %}
    {% set found = run_query(customer_lifecycle.suggested_orders_query()).rows[0].dict() %}
    {% set reasons = run_query(
        'select reason, count(*) from lifecycle_suggest_orders where reason is not null '
        ~ 'group by reason order by count(*) desc, reason'
    ).rows %}
    {% set number = '{:,}'.format %}
    {% set rejected = (found.total_rows - found.kept_rows) | int %}
    {% set by_reason = {} %}
    {% for reason, count in reasons %}{% do by_reason.update({reason: count | int}) %}{% endfor %}
    {% set reasons_text = [] %}
    {% for reason, count in by_reason.items() %}
        {% do reasons_text.append(number(count) ~ ' ' ~ reason) %}
    {% endfor %}
    {% set as_of_date = var('lifecycle_as_of_date', none) or found.last_day %}
    {% set text = [
        '#',
        '# What a build will say:',
        '#   rows in       ' ~ number(found.total_rows | int),
        '#   rows kept     ' ~ number(found.kept_rows | int),
        '#   rows rejected ' ~ number(rejected)
            ~ (': ' ~ reasons_text | join(', ') if reasons_text else ''),
        '#   customers     ' ~ number(found.customers | int),
        '#   first order   ' ~ found.first_day,
        '#   last order    ' ~ found.last_day,
        '#   as-of date    ' ~ as_of_date,
    ] %}
    {% if found.kept_rows %}
        {% do text.extend(['#', '# The amounts that are kept come to ' ~ '{:,.2f}'.format(found.amount)
            ~ ': is that what the books say?']) %}
    {% endif %}
    {% set warnings = notes
        + customer_lifecycle.suggested_warnings(found, rejected, by_reason, mapping)
        + (customer_lifecycle.money_findings(profiles, guesses, reading)
            + customer_lifecycle.status_findings(profiles, guesses, rows_are)
            + customer_lifecycle.customer_findings(found, guesses)
            + customer_lifecycle.moment_findings(guesses, reading) if found.kept_rows else []) %}
    {% if warnings %}{% do text.extend(['#', '# Look at this first:']) %}{% endif %}
    {% for warning in warnings %}{% do text.append('#   - ' ~ warning) %}{% endfor %}
    {% do return(text) %}
{% endmacro %}


{# The orders with their reasons, by the macros that builds use, into lifecycle_suggest_orders. #}
{% macro screen_suggested_orders(relation, mapping, is_csv, reading) %}
    {% call statement('read_suggested_orders') %}
        create or replace temp table lifecycle_suggest_read as
        select
            row_number() over () as row_number,
            lifecycle_malformed as malformed_text,
            {{ customer_lifecycle.contract_columns('orders', mapping, is_csv, reading) }}
        from {{ relation }}
    {% endcall %}
    {% call statement('screen_suggested_orders') %}
        create or replace temp table lifecycle_suggest_orders as
        select
            order_id,
            customer_id,
            ordered_on,
            coalesce(amount_added_up, amount) as amount,
            currency,
            part_number,
            rejection_reason as reason
        from ({{ customer_lifecycle.checked_rows('orders', 'lifecycle_suggest_read') }})
    {% endcall %}
{% endmacro %}


{% macro suggested_orders_query() %}
    with kept as (
        select * from lifecycle_suggest_orders where reason is null
    ),

    orders_by_customer as (
        select customer_id, count(*) as orders from kept where part_number = 1 group by customer_id
    ),

    by_order as (
        select
            amount,
            max(amount) over (partition by order_id, customer_id, currency) as largest_amount
        from kept
    ),

    shared_ids as (
        select order_id from kept group by order_id having min(customer_id) < max(customer_id)
    ),

    days as (
        select distinct ordered_on from kept order by ordered_on desc limit 2
    )

    select
        (select count(*) from lifecycle_suggest_orders) as total_rows,
        (select count(*) from lifecycle_suggest_orders where reason = 'missing_customer')
            as rows_without_customer,
        (select sum(amount) from lifecycle_suggest_orders where reason = 'replaced_row') as replaced_amount,
        (select count(*) from (select distinct customer_id from kept)) as customers,
        (select count(*) from orders_by_customer where orders = 1) as customers_of_one_order,
        (select cast(min(ordered_on) as varchar) from days) as second_last_day,
        count(*) as kept_rows,
        count(distinct lower(trim(nfc_normalize(customer_id)))) as customers_alike,
        cast(min(ordered_on) as varchar) as first_day,
        cast(max(ordered_on) as varchar) as last_day,
        max(ordered_on) - (select min(ordered_on) from days) as last_days_apart,
        max(ordered_on) - min(ordered_on) as days_of_history,
        count(case when amount < 0 then 1 end) as negative_amounts,
        count(case when amount = 0 then 1 end) as zero_amounts,
        (select count(*) from by_order where amount < 0 and largest_amount >= 0) as linked_refunds,
        (select count(*) from shared_ids) as shared_ids,
        sum(amount) as amount,
        array_to_string(list_sort(list(distinct currency)), ', ') as currencies,
        count(distinct currency) as currency_count
    from kept
{% endmacro %}


{# What a person should know before the build. #}
{% macro suggested_warnings(found, rejected, by_reason, mapping) %}
    {% set share = customer_lifecycle.percent_text %}
    {% set number = '{:,}'.format %}
    {% set warnings = [] %}
    {# As the build does: what is left out or added up on purpose is no fault. #}
    {% set faults = rejected - by_reason.get('excluded_status', 0) - by_reason.get('added_up', 0) %}
    {% if faults * 20 > found.total_rows %}
        {% do warnings.append(share(faults / found.total_rows)
            ~ ' of the rows are rejected; the build warns from 5 % on.') %}
    {% endif %}
    {% if found.rows_without_customer %}
        {% do warnings.append(share(found.rows_without_customer / found.total_rows)
            ~ ' of the rows have no customer and are left out.') %}
    {% endif %}
    {% if not found.kept_rows %}
        {% do return(warnings + ['No row can be used.']) %}
    {% endif %}
    {% set told_apart = [] %}
    {% for count, what in [
        (found.linked_refunds | int, 'are refunds, rows of their own'),
        (by_reason.get('added_up', 0), 'are further payments, added up (added_up)'),
        (by_reason.get('replaced_row', 0), 'are earlier versions (replaced_row), '
            ~ '{:,.2f}'.format(found.replaced_amount or 0) ~ ' in all'),
        (by_reason.get('conflicting_key', 0), 'are left out (conflicting_key)'),
    ] if count %}
        {% do told_apart.append(number(count) ~ ' ' ~ what) %}
    {% endfor %}
    {% if told_apart %}
        {% do warnings.append(mapping.order_id.name ~ ' repeats in rows that differ: of these '
            ~ told_apart | join(', ') ~ '. Another reading: lifecycle_repeated_orders.') %}
    {% endif %}
    {% if found.shared_ids %}
        {% do warnings.append(number(found.shared_ids | int) ~ ' values of ' ~ mapping.order_id.name
            ~ ' are those of several customers, who keep an order each: does the numbering begin anew?') %}
    {% endif %}
    {% if found.customers_of_one_order == found.customers %}
        {% do warnings.append('No customer has a second order: is ' ~ mapping.customer_id.name
            ~ ' the customer, or does it change with every order?') %}
    {% elif found.customers_of_one_order * 10 > found.customers * 9 %}
        {% do warnings.append(share(found.customers_of_one_order / found.customers)
            ~ ' of the customers have one order: little can be learnt from gaps.') %}
    {% endif %}
    {% if found.last_days_apart > 365 %}
        {% do warnings.append('The last order day, ' ~ found.last_day ~ ', is '
            ~ number(found.last_days_apart | int) ~ ' days after the one before. If it is wrong: '
            ~ 'lifecycle_latest_valid_date: "' ~ found.second_last_day ~ '".') %}
    {% endif %}
    {% if found.negative_amounts %}
        {% do warnings.append(share(found.negative_amounts / found.kept_rows)
            ~ ' of the amounts are negative: they count as refunds and not as purchases.') %}
    {% endif %}
    {% if found.zero_amounts %}
        {% do warnings.append(share(found.zero_amounts / found.kept_rows)
            ~ ' of the amounts are 0, which counts as a purchase. If it should not: '
            ~ 'lifecycle_minimum_purchase_amount: 0.01.') %}
    {% endif %}
    {% if found.currency_count > 1 %}
        {% do warnings.append('Amounts in ' ~ found.currencies
            ~ ' are added up as they are. Convert them into one currency first.') %}
    {% endif %}
    {% if found.customers < var('lifecycle_minimum_fit_customers') %}
        {% do warnings.append('Purchase models need '
            ~ number(var('lifecycle_minimum_fit_customers'))
            ~ ' customers: there will be no forecasts.') %}
    {% endif %}
    {% if found.days_of_history < 180 %}
        {% do warnings.append('The orders span ' ~ number(found.days_of_history | int)
            ~ ' days: too few to see who stays away.') %}
    {% endif %}
    {% do return(warnings) %}
{% endmacro %}
