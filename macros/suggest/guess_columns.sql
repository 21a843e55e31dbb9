{# Which column of a file is which of the contract; every guess with its reason. #}

{#
  By column of the contract: {column: a profile or none, reason, candidates: [text], unused}. A required
  column without one has the columns that it could be, each with what speaks for and against it. What
  lifecycle_columns says is taken as it is, before anything is guessed; then names go before likeness, and
  what is guessed by likeness must look the part.
#}
{% macro guess_columns(input, profiles, layout) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set named = (var('lifecycle_columns', none) or {}).get(input) or {} %}
    {% set guesses = {} %}
    {% set taken = [] %}
    {% for name, kind in customer_lifecycle.input_columns(input).items() if name in named %}
        {% set guess = {'column': none, 'reason': 'as lifecycle_columns says', 'candidates': []} %}
        {% for profile in profiles if profile.name | lower == named[name] | string | lower %}
            {% do taken.append(profile.name) %}
            {% do guess.update({
                'column': profile,
                'reason': 'as lifecycle_columns says; ' ~ customer_lifecycle.content_text(kind, profile),
            }) %}
        {% endfor %}
        {% if named[name] is none %}
            {% do guess.update({'unused': true}) %}
        {% elif not guess.column %}
            {% do guess.update({'missing': named[name]}) %}
        {% endif %}
        {% do guesses.update({name: guess}) %}
    {% endfor %}
    {% for name, kind in customer_lifecycle.input_columns(input).items() if name not in named %}
        {# A column that has the name of one of the contract is no other. #}
        {% set free = [] %}
        {% for profile in profiles if profile.name not in taken and (profile.name | lower == name
            or profile.name | lower not in customer_lifecycle.input_columns(input)
            or profile.name | lower in named) %}
            {% do free.append(profile) %}
        {% endfor %}
        {% set guess = customer_lifecycle.guess_column(
            name, kind, name in contract.required, free, layout
        ) %}
        {% set moment = customer_lifecycle.moment_of(contract, guesses) %}
        {% if guess.column and moment and kind in ('moment', 'day') and name in contract.optional
            and guess.column.format != moment.format %}
            {# There is one format for all dates of a file. #}
            {% do guess.update({'column': none, 'unused': guess.column.name | lower == name,
                'reason': 'not used: its dates are in another format'}) %}
        {% endif %}
        {% if guess.column %}{% do taken.append(guess.column.name) %}{% endif %}
        {% do guesses.update({name: guess}) %}
    {% endfor %}
    {% do return(guesses) %}
{% endmacro %}


{% macro guess_column(name, kind, is_required, profiles, layout) %}
    {% set ranked = [] %}
    {% for profile in profiles %}
        {% set likeness = customer_lifecycle.name_likeness(name, profile, layout) %}
        {% if likeness %}{% do ranked.append((-likeness, loop.index, profile)) %}{% endif %}
    {% endfor %}
    {% set fitting = [] %}
    {% set unfit = [] %}
    {% for likeness, _, profile in ranked | sort(attribute='0,1') %}
        {% if customer_lifecycle.fits_kind(kind, profile)
            and customer_lifecycle.looks_like(name, profile, -likeness) %}
            {% do fitting.append((-likeness, profile)) %}
        {% else %}
            {% do unfit.append(profile) %}
        {% endif %}
    {% endfor %}
    {% set guess = {'column': none, 'reason': '', 'candidates': []} %}
    {% if fitting and (fitting[0][0] > 50 or (is_required and fitting | length == 1)) %}
        {% set best = customer_lifecycle.best_filled(name, fitting) %}
        {% set likeness, profile = fitting[best] %}
        {% if best %}
            {% do guess.update({'instead': customer_lifecycle.quote_yaml(fitting[0][1].name) ~ ' is '
                ~ ('different in every row' if customer_lifecycle.is_unique(fitting[0][1])
                    else 'empty or a guest in '
                    ~ customer_lifecycle.percent_text(customer_lifecycle.missing_share(fitting[0][1]))
                    ~ ' of the rows')}) %}
        {% endif %}
        {% set why = 'as ' ~ layout.name ~ ' has it' if likeness == 101 else 'has that name'
            if likeness == 100 else 'a usual name' if likeness > 50 else 'a name like it' %}
        {% do guess.update({
            'column': profile,
            'reason': why ~ '; ' ~ customer_lifecycle.content_text(kind, profile)
                ~ ('; ' ~ guess.instead if best else ''),
        }) %}
        {% for likeness, other in fitting if likeness > 50 and other.name != profile.name and not best %}
            {% do guess.candidates.append(customer_lifecycle.quote_yaml(other.name)) %}
        {% endfor %}
    {% elif is_required %}
        {% set by_content = [] %}
        {% for profile in profiles if customer_lifecycle.content_says(name, profile)
            and not customer_lifecycle.is_called_otherwise(name, profile) %}
            {% do by_content.append(profile) %}
        {% endfor %}
        {% if by_content | length == 1 and not fitting and not unfit %}
            {% do guess.update({
                'column': by_content[0],
                'reason': 'the only column that could be; '
                    ~ customer_lifecycle.content_text(kind, by_content[0]),
            }) %}
        {% else %}
            {% for _, profile in fitting %}
                {% do guess.candidates.append(
                    customer_lifecycle.quote_yaml(profile.name) ~ ' (a name like it; '
                    ~ customer_lifecycle.content_text(kind, profile) ~ ')') %}
            {% endfor %}
            {# What only begins like it and is of another kind is none. #}
            {% set others = [] %}
            {% for profile in unfit if customer_lifecycle.fits_kind(kind, profile)
                or customer_lifecycle.name_likeness(name, profile, layout) > 50 %}
                {% do others.append(profile) %}
            {% endfor %}
            {% for profile in others + by_content if profile.name not in fitting | map(attribute='1.name') %}
                {% set text = customer_lifecycle.quote_yaml(profile.name) ~ ' ('
                    ~ customer_lifecycle.content_text(kind, profile) ~ ')' %}
                {% if text not in guess.candidates %}{% do guess.candidates.append(text) %}{% endif %}
            {% endfor %}
        {% endif %}
    {% elif unfit and unfit[0].name | lower == name %}
        {# A build would read it, since it has the contract's name. #}
        {% do guess.update({
            'unused': true,
            'reason': 'not used: ' ~ customer_lifecycle.content_text(kind, unfit[0]),
        }) %}
    {% endif %}
    {% do return(guess) %}
{% endmacro %}


{# Whether a column has a usual name of something else. #}
{% macro is_called_otherwise(name, profile) %}
    {% for other in customer_lifecycle.column_synonyms() if other != name
        and customer_lifecycle.name_likeness(other, profile) > 50
        and customer_lifecycle.name_likeness(name, profile) <= 50 %}
        {% do return(true) %}
    {% endfor %}
    {% do return(false) %}
{% endmacro %}


{# 101: as a known layout has it; 100: the same name; 51 to 99: a usual one; 1 to 50: one that begins or
   ends like a usual one. #}
{% macro name_likeness(name, profile, layout={'columns': {}}) %}
    {% if profile.name | lower == name %}{% do return(100) %}{% endif %}
    {% set plain_name = profile.plain_name %}
    {% if name in layout.columns and layout.columns[name] == plain_name %}{% do return(101) %}{% endif %}
    {% set likeness = namespace(value=0) %}
    {% for synonym in customer_lifecycle.column_synonyms()[name] %}
        {% set value = [99 - loop.index0, 51] | max if synonym == plain_name
            else 50 - loop.index0 if synonym | length > 4 and loop.index0 < 50
                and (plain_name.startswith(synonym) or plain_name.endswith(synonym))
            else 0 %}
        {% set likeness.value = [likeness.value, value] | max %}
    {% endfor %}
    {% do return(likeness.value) %}
{% endmacro %}


{# Whether what is in a column can be what the contract wants. #}
{% macro fits_kind(kind, profile) %}
    {% if kind in ('moment', 'day') %}
        {% do return(profile.date_share >= 0.5) %}
    {% elif kind in ('money', 'number') %}
        {% do return(profile.filled > 0 and [profile.numbers, profile.either] | max * 2 >= profile.filled) %}
    {% elif kind == 'key' %}
        {# Digits may be a number as well as a date. #}
        {% set is_date = profile.date_share >= 0.5
            and profile.format not in ('%Y%m%d', 'epoch', 'epoch_ms') %}
        {% do return(profile.filled > 0 and not is_date and profile.powers * 2 < profile.filled) %}
    {% endif %}
    {% do return(true) %}
{% endmacro %}


{#
  Whether a column can be that one. By a likeness alone an order id differs in every row, a customer id has
  more than two values and comes again, and an amount has decimals; so does an id that is called no more than that.
#}
{% macro looks_like(name, profile, likeness) %}
    {% set is_unique = customer_lifecycle.is_unique(profile) %}
    {% set has_few_values = profile.different <= 2 and profile.filled > 10 %}
    {% if name == 'order_id' %}
        {% if profile.plain_name in ('id', 'uuid', 'guid') and likeness < 100 %}{% do return(is_unique) %}{% endif %}
        {% do return((likeness > 50 and not has_few_values) or is_unique) %}
    {% elif name == 'customer_id' %}
        {% do return(likeness >= 100 or (not has_few_values and (likeness > 50 or not is_unique))) %}
    {% elif name in ('amount', 'cost') and likeness <= 50 %}
        {% do return(customer_lifecycle.content_says(name, profile)) %}
    {% elif name == 'status' %}
        {% do return(profile.different <= 40) %}
    {% endif %}
    {% do return(true) %}
{% endmacro %}


{% macro is_unique(profile) %}
    {% do return(profile.filled == profile.rows and profile.different == profile.rows) %}
{% endmacro %}


{#
  Which of the fitting columns: the first; for customers, where it differs in every row, or one row in twenty of
  it is empty or of guests, the first of the others that does better, as an e-mail does that guests give, too.
#}
{% macro best_filled(name, fitting) %}
    {% if name == 'customer_id' and fitting | length > 1 and (customer_lifecycle.is_unique(fitting[0][1])
        or customer_lifecycle.missing_share(fitting[0][1]) > 0.05) %}
        {% for likeness, profile in fitting %}
            {% if likeness > 50 and not customer_lifecycle.is_unique(profile)
                and customer_lifecycle.missing_share(profile) <= 0.05 %}
                {% do return(loop.index0) %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {% do return(0) %}
{% endmacro %}


{# Share of the rows in which a column of customers names none. #}
{% macro missing_share(profile) %}
    {% set column = customer_lifecycle.quoted_name(profile.name) %}
    {% set counts = run_query(
        'select count(*), count(case when lower(trim(cast(' ~ column ~ ' as varchar))) not in (\'\', '
        ~ customer_lifecycle.words_for_guests() ~ ') then 1 end) from lifecycle_suggest_sample'
    ).rows[0] %}
    {% do return(1 - counts[1] / [counts[0], 1] | max) %}
{% endmacro %}


{# Whether a column could be a required one by what is in it, when no name says anything. #}
{% macro content_says(name, profile) %}
    {% set is_date = profile.date_share >= 0.5 %}
    {% set is_fraction = profile.fractions * 20 > profile.filled %}
    {% if name in ('ordered_at', 'registered_at', 'contacted_on') %}
        {% do return(is_date and profile.format not in ('epoch', 'epoch_ms')) %}
    {% elif name in ('amount', 'cost') %}
        {% do return(is_fraction and not is_date
            and [profile.numbers, profile.either] | max * 10 >= profile.filled * 9) %}
    {% elif name == 'order_id' %}
        {% do return(not is_date and not is_fraction and profile.filled > 1
            and profile.different == profile.filled) %}
    {% elif name == 'customer_id' %}
        {% do return(not is_date and not is_fraction and profile.different < profile.filled
            and profile.different > 2 and profile.different * 20 > profile.filled) %}
    {% endif %}
    {% do return(false) %}
{% endmacro %}


{% macro content_text(kind, profile) %}
    {% set share = customer_lifecycle.percent_text %}
    {% if profile.filled == 0 %}
        {% do return('empty') %}
    {% elif kind in ('moment', 'day') %}
        {% do return(
            (profile.type if customer_lifecycle.is_moment(profile.type)
                else share(profile.date_share) ~ ' are dates')
            ~ (' in the format ' ~ profile.format if profile.format else '')) %}
    {% elif kind in ('money', 'number') %}
        {% set mark = customer_lifecycle.decimal_mark_of(profile) %}
        {% do return(
            share(profile.numbers / profile.filled) ~ ' are '
            ~ ('whole ' if not profile.fractions and not profile.marked) ~ 'numbers'
            ~ (', ' ~ share(profile.either / profile.filled) ~ ' with a decimal comma' if mark == ','
                else ', ' ~ share(profile.either / profile.filled) ~ ' with marks or a currency' if mark == '.'
                else '')) %}
    {% elif kind == 'key' and profile.powers * 2 >= profile.filled %}
        {% do return('a spreadsheet wrote it like 2.34568E+17, and the last digits are lost') %}
    {% endif %}
    {% set values = '{:,}'.format(profile.different | int) ~ ' different value'
        ~ ('s' if profile.different > 1 else '') %}
    {% set rows_each = profile.filled / profile.different %}
    {% do return(
        'different in every row' if profile.different == profile.filled
        else values if kind == 'text'
        else values ~ ' in ' ~ '{:,}'.format(profile.filled | int) ~ ' rows' if rows_each < 1.1
        else values ~ ', ' ~ '{:.1f}'.format(rows_each) ~ ' rows each') %}
{% endmacro %}


{#
  The decimal mark of a column of amounts: none when they are plain numbers, "." or "," when that reads all
  that can be read in any way, mixed when neither does, unclear when both do.
#}
{% macro decimal_mark_of(profile) %}
    {% if profile.numbers >= profile.either %}
        {% do return(none) %}
    {% elif profile.points >= profile.either and (profile.commas < profile.points or not profile.marked) %}
        {% do return('.') %}
    {% elif profile.commas >= profile.either and profile.points < profile.commas %}
        {% do return(',') %}
    {% endif %}
    {% do return('unclear' if profile.points >= profile.either else 'mixed') %}
{% endmacro %}


{# A share that is rounded neither up to all nor down to none. #}
{% macro percent_text(share) %}
    {% do return(
        'all' if share >= 1 else 'none' if share <= 0 else 'under 0.1 %' if share < 0.001
        else '{:.1f}'.format([share * 100, 99.9] | min) ~ ' %') %}
{% endmacro %}


{% macro quote_yaml(text) %}
    {% do return('"' ~ text.replace('\\', '\\\\').replace('"', '\\"').replace('\t', '\\t') ~ '"') %}
{% endmacro %}
