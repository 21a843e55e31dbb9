{# What is in each column, looked at in lifecycle_suggest_sample: the material of the guesses. #}

{#
  A list of {name, plain_name, type} with counts of the sample's rows:
  rows, filled (neither blank nor a word for nothing), different
  numbers     plain ones; fractions those with decimals; points, commas those that are numbers if the
              decimal mark is "." or ","; either those that are one in any of these ways; marked those
              with "." or ","
  powers      numbers as spreadsheets write long ones, 2.34568E+17
  dates       dates of the years 1950 to 2100; date_like: texts that may be such in some format
  offsets     moments with an offset
  seconds, milliseconds   numbers that may count them since 1970
  guests      words and numbers that stand for no customer
  blanks      values with a blank before or behind
  and {date_share, format, formats}: the format in which most values are dates, none when a build reads
  them without one; several when nothing tells them apart.
#}
{% macro profile_columns(columns) %}
    {% set profiles = [] %}
    {% set query %}
        {% for name, type in columns.items() %}
        {% set value = customer_lifecycle.quoted_name(name) %}
        {% set text = 'cast(' ~ value ~ ' as varchar)' %}
        {% set small = 'lower(trim(' ~ text ~ '))' %}
        {% set type = type | lower %}
        {% set is_text = customer_lifecycle.is_text(type) %}
        {% set number = 'try_cast(' ~ value ~ ' as decimal(18, 4))' %}
        {% set point = 'try_cast(' ~ customer_lifecycle.plain_number(value, '.') ~ ' as decimal(18, 4))' %}
        {% set comma = 'try_cast(' ~ customer_lifecycle.plain_number(value, ',') ~ ' as decimal(18, 4))' %}
        select
            {{ loop.index0 }} as position,
            {{ customer_lifecycle.quote_text(name) }} as name,
            lower(regexp_replace(
                strip_accents(replace({{ customer_lifecycle.quote_text(name) }}, 'ß', 'ss')),
                '[^A-Za-z0-9]', '', 'g'
            )) as plain_name,
            '{{ type | replace("'", "''") }}' as type,
            count(*) as rows,
            count(case when {{ small }} not in ({{ customer_lifecycle.words_for_nothing() }}) then 1 end)
                as filled,
            count(distinct case
                when {{ small }} not in ({{ customer_lifecycle.words_for_nothing() }}) then {{ text }}
            end) as different,
            count(case when {{ small }} in ({{ customer_lifecycle.words_for_guests() }}) then 1 end) as guests,
            {% if is_text -%}
            count(case when {{ text }} <> trim({{ text }}) then 1 end) as blanks,
            count({{ point }}) as points,
            count({{ comma }}) as commas,
            count(coalesce({{ number }}, {{ point }}, {{ comma }})) as either,
            count(case when regexp_matches({{ text }}, '[0-9][.,][0-9]') then 1 end) as marked,
            count(case when regexp_matches({{ text }}, '^[0-9][.,]?[0-9]*[Ee][+][0-9]+$') then 1 end) as powers,
            count(case when regexp_matches({{ text }}, ':[0-9.]+ ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$') then 1 end)
                as offsets,
            count(case when regexp_matches({{ text }}, {{ customer_lifecycle.date_like() }}) then 1 end)
                as date_like,
            {% else -%}
            0 as blanks, 0 as points, 0 as commas, 0 as either, 0 as marked, 0 as powers, 0 as offsets,
            {# A number of eight digits may be a day. #}
            count(case when regexp_full_match({{ text }}, '(19|20)[0-9]{6}([.]0)?') then 1 end) as date_like,
            {% endif -%}
            {% if customer_lifecycle.is_moment(type) -%}
            0 as numbers, 0 as fractions, 0 as seconds, 0 as milliseconds,
            {% else -%}
            count({{ number }}) as numbers,
            count(case when regexp_matches({{ text }}, '[.,][0-9]*[1-9]') then 1 end) as fractions,
            {# From 1990 to 2100. #}
            count(case when try_cast({{ value }} as double) between 631152000 and 4102444800 then 1 end) as seconds,
            count(case when try_cast({{ value }} as double) between 631152000000 and 4102444800000 then 1 end)
                as milliseconds,
            {% endif -%}
            count({{ customer_lifecycle.plausible_moment(
                customer_lifecycle.read_moment(value, type)
            ) }}) as dates
        from lifecycle_suggest_sample
        {{ 'union all' if not loop.last }}
        {% endfor %}
        order by position
    {% endset %}
    {% for row in run_query(query).rows %}
        {% set profile = dict(row.dict(), format=none, formats=[]) %}
        {% do profile.update({'date_share': profile.dates / [profile.filled, 1] | max}) %}
        {% if profile.date_share < 0.5 and not customer_lifecycle.is_moment(profile.type) %}
            {% if profile.date_like * 2 >= [profile.filled, 1] | max %}
                {% do customer_lifecycle.find_format(profile) %}
            {% elif profile.filled and profile.seconds == profile.filled %}
                {% do profile.update({'format': 'epoch', 'formats': ['epoch'], 'date_share': 1}) %}
            {% elif profile.filled and profile.milliseconds == profile.filled %}
                {% do profile.update({'format': 'epoch_ms', 'formats': ['epoch_ms'], 'date_share': 1}) %}
            {% endif %}
        {% endif %}
        {% do profiles.append(profile) %}
    {% endfor %}
    {% do return(profiles) %}
{% endmacro %}


{# Texts that say that there is nothing, and those in a column of customers that say guest. #}
{% macro words_for_nothing() %}{% do return("'', 'null', 'nan', 'none', 'n/a', 'nil', '" ~ '\\' ~ "n', '-'") %}{% endmacro %}

{% macro words_for_guests() %}
    {% do return(
        "'null', 'nan', 'none', 'n/a', 'nil', '" ~ '\\' ~ "n', '-', '0', '0.0', '-1', 'guest', 'guests', 'unknown', "
        ~ "'anonymous', 'anon', 'walk-in', 'walkin', 'no customer', 'gast', 'unbekannt', 'laufkunde', "
        ~ "'invité', 'inconnu', 'undefined', 'guest@example.com'"
    ) %}
{% endmacro %}


{# Day, month and year in some order, the month in digits or letters, or eight digits. #}
{% macro date_like() %}
    {% do return(
        "'^ *([0-9]{1,4}[-./ ]+[0-9A-Za-z]{1,9}[-./ ,]+[0-9]{2,4}|[A-Za-z]{3,9}[-. ]+[0-9]{1,2}[-, ]+[0-9]{2,4}"
        ~ "|(19|20)[0-9]{6}([.]0)?)([^0-9]|$)'"
    ) %}
{% endmacro %}


{% macro is_moment(type) %}{% do return('date' in type or 'timestamp' in type) %}{% endmacro %}


{# A number that could be read as a date of another age is none. #}
{% macro plausible_moment(moment) -%}
    case when year({{ moment }}) between 1950 and 2100 then 1 end
{%- endmacro %}


{#
  Sets the format in which a column holds dates, if it does in one of the usual ones; told by the
  first rows, and where those fit several formats, as 01/02/2024 does, by all rows.
#}
{% macro find_format(profile) %}
    {% set candidates = [] %}
    {% for day in [
        '%d.%m.%Y', '%d/%m/%Y', '%m/%d/%Y', '%d-%m-%Y', '%m-%d-%Y', '%Y.%m.%d', '%Y/%m/%d',
        '%Y%m%d', '%d.%m.%y', '%d/%m/%y', '%m/%d/%y', '%d-%m-%y', '%m-%d-%y', '%y-%m-%d',
        '%d-%b-%Y', '%d %b %Y', '%b %d, %Y', '%B %d, %Y', '%d-%b-%y', '%b-%d-%y', '%b-%d-%Y'
    ] %}
        {% for time in [
            '', ' %H:%M', ' %H:%M:%S', ' %I:%M %p', ' %I:%M:%S %p', ', %H:%M', ', %H:%M:%S',
            ', %I:%M %p', ' %H:%M:%S %z'
        ] %}
            {% do candidates.append(day ~ time) %}
        {% endfor %}
    {% endfor %}
    {% set found = customer_lifecycle.best_formats(
        profile, candidates, '(select * from lifecycle_suggest_sample limit 2000)'
    ) %}
    {% if found.share >= 0.5 %}
        {% if found.formats | length > 1 %}
            {% set found = customer_lifecycle.best_formats(
                profile, found.formats, 'lifecycle_suggest_rows'
            ) %}
        {% endif %}
        {% do profile.update({
            'format': found.formats[0], 'formats': found.formats, 'date_share': found.share
        }) %}
    {% endif %}
{% endmacro %}


{# The formats in which most values are dates, and their share of those that are not blank. #}
{% macro best_formats(profile, formats, relation) %}
    {% set value = customer_lifecycle.quoted_name(profile.name) %}
    {% set query %}
        select
            count(case when trim(cast({{ value }} as varchar)) <> '' then 1 end)
            {%- for format in formats %},
            count({{ customer_lifecycle.plausible_moment(
                customer_lifecycle.read_moment(value, profile.type, format)
            ) }})
            {%- endfor %}
        from {{ relation }}
    {% endset %}
    {% set counts = run_query(query).rows[0].values() | map('int') | list %}
    {% set most = counts[1:] | max %}
    {% set best = [] %}
    {% for format in formats %}
        {% if counts[loop.index] == most %}{% do best.append(format) %}{% endif %}
    {% endfor %}
    {% do return({'formats': best, 'share': most / [counts[0], 1] | max}) %}
{% endmacro %}
