{# Which column of a file is which of the contract; every guess with its reason. #}

{#
  By column of the contract: {column: a profile or none, reason, candidates: [text]}. A required
  column without one has the columns that it could be, each with what speaks for and against it.
#}
{% macro guess_columns(input, profiles) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% set named = (var('lifecycle_columns', none) or {}).get(input) or {} %}
    {% set guesses = {} %}
    {% set taken = [] %}
    {% for name, kind in customer_lifecycle.input_columns(input).items() %}
        {% set is_required = name in contract.required %}
        {% set ranked = [] %}
        {% for profile in profiles if profile.name not in taken %}
            {% set likeness = 1000 if named.get(name, '') | string | lower == profile.name | lower
                else customer_lifecycle.name_likeness(name, profile) %}
            {% if likeness %}{% do ranked.append((-likeness, loop.index, profile)) %}{% endif %}
        {% endfor %}
        {% set fitting = [] %}
        {% set unfit = [] %}
        {% for likeness, _, profile in ranked | sort(attribute='0,1') %}
            {% if customer_lifecycle.fits_kind(kind, profile) %}
                {% do fitting.append((-likeness, profile)) %}
            {% else %}
                {% do unfit.append(profile) %}
            {% endif %}
        {% endfor %}
        {% set guess = {'column': none, 'reason': '', 'candidates': []} %}
        {% if fitting and (fitting[0][0] > 50 or (is_required and fitting | length == 1)) %}
            {% set likeness, profile = fitting[0] %}
            {% set why = 'as lifecycle_columns says' if likeness == 1000 else 'has that name'
                if likeness == 100 else 'a usual name' if likeness > 50 else 'a name like it' %}
            {% do guess.update({
                'column': profile,
                'reason': why ~ '; ' ~ customer_lifecycle.content_text(kind, profile),
            }) %}
            {% for likeness, other in fitting[1:] if likeness > 50 %}
                {% do guess.candidates.append(customer_lifecycle.quote_yaml(other.name)) %}
            {% endfor %}
        {% elif is_required %}
            {% set by_content = [] %}
            {% for profile in profiles
                if profile.name not in taken and customer_lifecycle.content_says(name, profile) %}
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
                {% for profile in unfit + (by_content if not fitting and not unfit else []) %}
                    {% do guess.candidates.append(
                        customer_lifecycle.quote_yaml(profile.name) ~ ' ('
                        ~ customer_lifecycle.content_text(kind, profile) ~ ')') %}
                {% endfor %}
            {% endif %}
        {% elif unfit and unfit[0].name | lower == name %}
            {# A build would read it, since it has the contract's name. #}
            {% do guess.update({
                'unused': unfit[0],
                'reason': 'not used: ' ~ customer_lifecycle.content_text(kind, unfit[0]),
            }) %}
        {% endif %}
        {% if guess.column %}{% do taken.append(guess.column.name) %}{% endif %}
        {% do guesses.update({name: guess}) %}
    {% endfor %}
    {% do return(guesses) %}
{% endmacro %}


{# 100: the same name; 51 to 99: a usual one; 1 to 50: one that begins or ends like a usual one. #}
{% macro name_likeness(name, profile) %}
    {% if profile.name | lower == name %}{% do return(100) %}{% endif %}
    {% set plain_name = profile.plain_name %}
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
    {% elif kind == 'money' %}
        {% do return(profile.filled > 0 and profile.numbers * 2 >= profile.filled) %}
    {% elif kind == 'key' %}
        {# Eight digits may be a number as well as a date. #}
        {% set is_date = profile.date_share >= 0.5 and profile.format != '%Y%m%d' %}
        {% do return(profile.filled > 0 and not is_date) %}
    {% endif %}
    {% do return(true) %}
{% endmacro %}


{# Whether a column could be a required one by what is in it, when no name says anything. #}
{% macro content_says(name, profile) %}
    {% set is_date = profile.date_share >= 0.5 %}
    {% set is_fraction = profile.fractions * 20 > profile.filled %}
    {% if name in ('ordered_at', 'registered_at', 'contacted_on') %}
        {% do return(is_date) %}
    {% elif name in ('amount', 'cost') %}
        {% do return(is_fraction and not is_date and profile.numbers * 10 >= profile.filled * 9) %}
    {% elif name == 'order_id' %}
        {% do return(not is_date and not is_fraction and profile.filled > 1
            and profile.different == profile.filled) %}
    {% elif name == 'customer_id' %}
        {% do return(not is_date and not is_fraction and profile.different < profile.filled
            and profile.different * 20 > profile.filled) %}
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
    {% elif kind == 'money' %}
        {% set numbers = share(profile.numbers / profile.filled) ~ ' are numbers' %}
        {% do return(
            numbers ~ ', ' ~ share(profile.commas / profile.filled) ~ ' have a decimal comma'
            if profile.commas * 2 > profile.filled else numbers) %}
    {% endif %}
    {% set values = '{:,}'.format(profile.different | int) ~ ' different value'
        ~ ('s' if profile.different > 1 else '') %}
    {% set rows_each = profile.filled / profile.different %}
    {% do return(
        'different in every row' if profile.different == profile.filled
        else values if kind == 'text'
        else values ~ ' in ' ~ '{:,}'.format(profile.filled | int) ~ ' rows' if rows_each < 1.1
        else values ~ ', ' ~ '%.1f' % rows_each ~ ' rows each') %}
{% endmacro %}


{# A share that is rounded neither up to all nor down to none. #}
{% macro percent_text(share) %}
    {% do return(
        'all' if share >= 1 else 'none' if share <= 0 else 'under 0.1 %' if share < 0.001
        else '%.1f' % ([share * 100, 99.9] | min) ~ ' %') %}
{% endmacro %}


{% macro quote_yaml(text) %}
    {% do return('"' ~ text.replace('\\', '\\\\').replace('"', '\\"').replace('\t', '\\t') ~ '"') %}
{% endmacro %}
