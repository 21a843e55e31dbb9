{#
  Text moments where the warehouse has no function that takes a format and gives null for what is not of
  it. Each way of writing is a regular expression, and what it finds is put in order as
  1998-2-1 5:07:09.5, which is then read: no setting of the server says what 01/02/1998 means. The
  default__ of these macros is PostgreSQL's.
#}

{% macro moment_by_patterns(value, format=none) %}
    {%- set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set format = format or var('lifecycle_datetime_format', none) -%}
    {%- if format in ('epoch', 'epoch_ms') -%}
        {%- do return(customer_lifecycle.moment_from_epoch(text, format)) -%}
    {%- endif -%}
    {%- set ordered = customer_lifecycle.ordered_text(text, customer_lifecycle.ways_of_writing(format)) -%}
    {%- set moment = customer_lifecycle.moment_from_ordered_text(ordered) -%}
    {%- if format and '%p' in format -%}
        {%- do return('case when lower(' ~ text ~ ") like '%pm%' then "
            ~ customer_lifecycle.half_a_day_later(moment) ~ ' else ' ~ moment ~ ' end') -%}
    {%- elif format and '%z' not in format -%}
        {%- do return(moment) -%}
    {%- endif -%}
    {%- set moved -%}
        case
            when {{ customer_lifecycle.text_matches(ordered, '[0-9](Z|UTC|GMT|[+-][0-9:]+)$') }}
                then {{ customer_lifecycle.moment_from_offset_text(ordered) }}
            else {{ moment }}
        end
    {%- endset -%}
    {%- do return(moved) -%}
{% endmacro %}


{# Seconds since 1970, or thousandths of them; those of the years up to 9999. #}
{% macro moment_from_epoch(text, format) %}
    {%- set number = customer_lifecycle.try_cast(text, 'decimal(24, 6)')
        ~ (' / 1000' if format == 'epoch_ms' else '') -%}
    {%- do return(customer_lifecycle.moment_in_zone(
        '(case when ' ~ number ~ ' between -62135596800 and 253402300799 then '
        ~ customer_lifecycle.instant_of_seconds(number) ~ ' end)'
    )) -%}
{% endmacro %}


{#
  The letters of strptime that are read so, each with what it stands for: pairs of a pattern and what is
  put for it, where @ is the text that was found.
#}
{% macro format_letters() %}
    {% do return({
        'Y': [('[0-9]{4}', '@')],
        'y': [('69|[7-9][0-9]', '19@'), ('[0-6][0-9]', '20@'), ('[0-9]', '200@')],
        'm': [('[0-9]{1,2}', '@')],
        'b': [(customer_lifecycle.month_names('b'), '@')],
        'B': [(customer_lifecycle.month_names('B'), '@')],
        'd': [('[0-9]{1,2}', '@')],
        'H': [('[0-9]{1,2}', '@')],
        'I': [('0?[1-9]|1[01]', '@'), ('12', '0')],
        'M': [('[0-9]{1,2}', '@')],
        'S': [('[0-9]{1,2}', '@')],
        'f': [('[0-9]{1,6}', '@')],
        'p': [('am|pm', '')],
        'z': [('[+-][0-9]{2}(?::?[0-9]{2})?', '@')],
    }) %}
{% endmacro %}


{% macro month_names(letter) %}
    {% set names = [
        'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october',
        'november', 'december',
    ] %}
    {% set shown = [] %}
    {% for name in names %}{% do shown.append(name[:3] if letter == 'b' else name) %}{% endfor %}
    {% do return(shown | join('|')) %}
{% endmacro %}


{# What of a format cannot be read so, for a message; none when all can be. #}
{% macro problem_of_format(format) %}
    {% set letters = customer_lifecycle.format_letters() %}
    {% set seen = [] %}
    {% for piece in format.replace('%%', '').replace('%-', '%').split('%')[1:] %}
        {% if piece[:1] not in letters or piece[:1] in seen %}
            {% do return('has %' ~ piece[:1] ~ (' twice' if piece[:1] in seen else '')) %}
        {% endif %}
        {% do seen.append(piece[:1]) %}
    {% endfor %}
    {% for character in ['\\', '^', '[', ']', '@', '$', "'"] if character in format %}
        {% do return('has ' ~ character) %}
    {% endfor %}
    {% if 'Y' not in seen and 'y' not in seen %}{% do return('has no year (%Y or %y)') %}{% endif %}
    {% if ('I' in seen) != ('p' in seen) %}{% do return('has one of %I and %p without the other') %}{% endif %}
    {% do return(none) %}
{% endmacro %}


{# The ways of writing of a format, or of ISO 8601 without one, as [{pattern, ordered}]: a regular
   expression, and what it finds in order, where @1 is its first part. #}
{% macro ways_of_writing(format) %}
    {% if not format %}{% do return(customer_lifecycle.ways_of_iso_8601()) %}{% endif %}
    {% set letters = customer_lifecycle.format_letters() %}
    {% set ways = [] %}
    {% set is_given = format.replace('%-', '%') %}
    {% for year in (letters.y if '%y' in is_given else letters.y[:1]) %}
        {% for hour in (letters.I if '%I' in is_given else letters.I[:1]) %}
            {% do ways.append(customer_lifecycle.way_of_format(
                format, dict(letters, y=[year], I=[hour])
            )) %}
        {% endfor %}
    {% endfor %}
    {% do return(ways) %}
{% endmacro %}


{% macro way_of_format(format, letters) %}
    {% set found = {} %}
    {% set pieces = [] %}
    {% for piece in format.replace('%%', '%\n').replace('%-', '%').split('%') %}
        {% set letter = piece[:1] if not loop.first and piece[:1] in letters else '' %}
        {% if letter %}
            {% set pattern, put = letters[letter][0] %}
            {% do pieces.append('(' ~ pattern ~ ')') %}
            {% do found.update({letter: put.replace('@', '@' ~ (found | length + 1))}) %}
        {% endif %}
        {% for character in piece[letter | length:] %}
            {% do pieces.append(
                ' +' if character == ' ' else '%' if character == '\n'
                else character if character in 'TZ:/-,' else '[' ~ character ~ ']'
            ) %}
        {% endfor %}
    {% endfor %}
    {% do return({
        'pattern': '^ *' ~ pieces | join ~ ' *$',
        'ordered': (found.Y or found.y) ~ '-' ~ (found.m or found.b or found.B or '1') ~ '-'
            ~ (found.d or '1') ~ ' ' ~ (found.H or found.I or '0') ~ ':' ~ (found.M or '0') ~ ':'
            ~ (found.S or '0') ~ ('.' ~ found.f if found.f else '') ~ (found.z or ''),
    }) %}
{% endmacro %}


{# A day, or a day and a time with or without an offset. A year has four digits. #}
{% macro ways_of_iso_8601() %}
    {% set day = '^ *([1-9][0-9]{3})[-/]([0-9]{1,2})[-/]([0-9]{1,2})' %}
    {% set offset = ' ?(Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?$' %}
    {% set minutes = '[T ]([0-9]{1,2}):([0-9]{1,2})' %}
    {% do return([
        {'pattern': day ~ '$', 'ordered': '@1-@2-@3 0:0:0'},
        {'pattern': day ~ minutes ~ offset, 'ordered': '@1-@2-@3 @4:@5:0@6'},
        {'pattern': day ~ minutes ~ ':([0-9]{1,2})' ~ offset, 'ordered': '@1-@2-@3 @4:@5:@6@7'},
        {
            'pattern': day ~ minutes ~ ':([0-9]{1,2})[.]([0-9]{1,6})[0-9]*' ~ offset,
            'ordered': '@1-@2-@3 @4:@5:@6.@7@8',
        },
    ]) %}
{% endmacro %}


{# The parts of a text as 1998-2-1 5:07:09.5+02:00; null where it is written in none of the ways. Months
   and days that there are not may be in it. #}
{% macro ordered_text(text, ways) %}
    {%- set ordered -%}
        case
            {%- for way in ways %}
            when {{ customer_lifecycle.text_matches('upper(' ~ text ~ ')', way.pattern | upper) }}
                then {{ customer_lifecycle.ordered_by('upper(' ~ text ~ ')', way.pattern | upper, way.ordered) }}
            {%- endfor %}
        end
    {%- endset -%}
    {%- set with_numbers = namespace(text=ordered) -%}
    {%- for letter in ['b', 'B'] if customer_lifecycle.month_names(letter) | upper in ways[0].pattern | upper -%}
        {%- for name in (customer_lifecycle.month_names(letter) | upper).split('|') -%}
            {%- set with_numbers.text = 'replace(' ~ with_numbers.text ~ ", '-" ~ name ~ "-', '-" ~ loop.index ~ "-')" -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(with_numbers.text) -%}
{% endmacro %}


{# A text by what a pattern finds in it. #}
{% macro ordered_by(text, pattern, ordered) %}
    {{- return(adapter.dispatch('ordered_by', 'customer_lifecycle')(text, pattern, ordered)) -}}
{% endmacro %}

{% macro default__ordered_by(text, pattern, ordered) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ ordered | replace("@", "\\") }}')
{%- endmacro %}

{% macro spark__ordered_by(text, pattern, ordered) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ ordered | replace("@", "$") }}')
{%- endmacro %}


{# The ordered text as a moment; null where there is no such day or time. #}
{% macro moment_from_ordered_text(ordered) %}
    {{- return(adapter.dispatch('moment_from_ordered_text', 'customer_lifecycle')(ordered)) -}}
{% endmacro %}

{% macro default__moment_from_ordered_text(ordered) %}
    {%- do return('case when ' ~ customer_lifecycle.is_real_moment(ordered) ~ ' then cast(' ~ ordered
        ~ ' as timestamp) end') -%}
{% endmacro %}

{% macro spark__moment_from_ordered_text(ordered) %}
    {%- do return('cast(try_cast(' ~ ordered ~ ' as timestamp_ntz) as timestamp)') -%}
{% endmacro %}


{# The same of one with an offset, moved to the calendar of lifecycle_timezone. #}
{% macro moment_from_offset_text(ordered) %}
    {{- return(adapter.dispatch('moment_from_offset_text', 'customer_lifecycle')(ordered)) -}}
{% endmacro %}

{% macro default__moment_from_offset_text(ordered) %}
    {%- do return('case when ' ~ customer_lifecycle.is_real_moment(ordered) ~ ' then cast(' ~ ordered
        ~ ' as timestamp with time zone) at time zone '
        ~ customer_lifecycle.quote_text(var('lifecycle_timezone')) ~ ' end') -%}
{% endmacro %}

{% macro spark__moment_from_offset_text(ordered) %}
    {%- do return(customer_lifecycle.moment_in_zone('try_cast(' ~ ordered ~ ' as timestamp)')) -%}
{% endmacro %}


{# Whether the ordered text has a day that there is, and a time and an offset that there can be. (Versions
   before 16 cannot ask whether a cast would fail.) #}
{% macro is_real_moment(ordered) -%}
    {{ ordered }} ~ '{{ [
        '^(?!0000)(?:[0-9]{4}-(?:'
            ~ '(?:0?[13578]|1[02])-(?:0?[1-9]|[12][0-9]|3[01])'
            ~ '|(?:0?[469]|11)-(?:0?[1-9]|[12][0-9]|30)'
            ~ '|0?2-(?:0?[1-9]|1[0-9]|2[0-8]))',
        '|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-0?2-29)',
        ' (?:(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:[.][0-9]+)?|24:0?0:0?0)',
        '(?:Z|UTC|GMT|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)?$',
    ] | join }}'
{%- endmacro %}


{# Seconds since 1970 as an instant. #}
{% macro instant_of_seconds(seconds) %}
    {{- return(adapter.dispatch('instant_of_seconds', 'customer_lifecycle')(seconds)) -}}
{% endmacro %}

{% macro default__instant_of_seconds(seconds) -%}
    to_timestamp(cast({{ seconds }} as double precision))
{%- endmacro %}

{% macro spark__instant_of_seconds(seconds) -%}
    timestamp_micros(cast({{ seconds }} * 1000000 as bigint))
{%- endmacro %}


{# A moment of the morning in the afternoon. #}
{% macro half_a_day_later(moment) %}
    {{- return(adapter.dispatch('half_a_day_later', 'customer_lifecycle')(moment)) -}}
{% endmacro %}

{% macro default__half_a_day_later(moment) -%}{{ moment }} + interval '12' hour{%- endmacro %}

{% macro spark__half_a_day_later(moment) -%}
    cast(cast({{ moment }} as timestamp_ntz) + interval '12' hour as timestamp)
{%- endmacro %}
