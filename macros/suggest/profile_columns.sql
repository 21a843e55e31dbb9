{# What is in each column, looked at in lifecycle_suggest_sample: the material of the guesses. #}

{#
  A list of {name, plain_name, type, filled, different, numbers, fractions, commas}, counted in the
  sample, and {date_share, format, formats}: the format in which most values are dates, none when a
  build reads them without one; several when nothing tells them apart.
#}
{% macro profile_columns(columns) %}
    {% set profiles = [] %}
    {% set query %}
        {% for name, type in columns.items() %}
        {% set value = adapter.quote(name) %}
        {% set text = 'cast(' ~ value ~ ' as varchar)' %}
        {% set type = type | lower %}
        select
            {{ loop.index0 }} as position,
            {{ customer_lifecycle.quote_text(name) }} as name,
            lower(regexp_replace(
                strip_accents(replace({{ customer_lifecycle.quote_text(name) }}, 'ß', 'ss')),
                '[^A-Za-z0-9]', '', 'g'
            )) as plain_name,
            '{{ type | replace("'", "''") }}' as type,
            count(case when trim({{ text }}) <> '' then 1 end) as filled,
            count(distinct {{ text }}) as different,
            {% if customer_lifecycle.is_moment(type) -%}
            0 as numbers, 0 as fractions, 0 as commas,
            {% else -%}
            count(try_cast({{ value }} as decimal(18, 4))) as numbers,
            count(case when regexp_matches({{ text }}, '\.[0-9]*[1-9]') then 1 end) as fractions,
            count(case
                when regexp_matches({{ text }}, '^ *-?[0-9.]*,[0-9]{1,2}( *€)?$') then 1
            end) as commas,
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
            {% do customer_lifecycle.find_format(profile) %}
        {% endif %}
        {% do profiles.append(profile) %}
    {% endfor %}
    {% do return(profiles) %}
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
        '%Y%m%d', '%d.%m.%y', '%d/%m/%y', '%m/%d/%y', '%d-%b-%Y', '%d %b %Y', '%b %d, %Y'
    ] %}
        {% for time in ['', ' %H:%M', ' %H:%M:%S', ' %I:%M %p', ' %I:%M:%S %p'] %}
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
    {% set value = adapter.quote(profile.name) %}
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
