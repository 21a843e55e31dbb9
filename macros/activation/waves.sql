{# Whether lists are recorded as waves, and these measured as campaigns. #}
{% macro logs_waves() %}
    {% do return(
        customer_lifecycle.has_room('activation') and var('lifecycle_wake_up_wave', none) not in (none, 'none')
    ) %}
{% endmacro %}


{# Whether it is known what dropping out takes of customers who are still active. #}
{% macro has_prevention() %}
    {% do return(customer_lifecycle.has_room('activation') and customer_lifecycle.has_room('value')) %}
{% endmacro %}


{# What today's wave is called: the list, and the first day of the period or the name in the var. #}
{% macro wave_name(list_name, as_of_date) -%}
    {%- if var('lifecycle_wake_up_wave') == 'period' -%}
    {{ list_name }} || ' '
    || cast({{ customer_lifecycle.period_start(as_of_date) }} as {{ dbt.type_string() }})
    {%- else -%}
    {{ list_name }} || ' ' || '{{ var('lifecycle_wake_up_wave') | string | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}


{# First day of the time for which the lasting control group stays as it is. #}
{% macro lasting_control_start(date) -%}
    cast({{ dbt.date_trunc(var('lifecycle_lasting_control_redraw'), date) }} as date)
{%- endmacro %}


{# First day of the time after it. #}
{% macro next_lasting_control_start(start) -%}
    {#- Another word than these is told by config_check, which comes after parsing. -#}
    {%- set months = {'month': 1, 'quarter': 3, 'year': 12}.get(var('lifecycle_lasting_control_redraw'), 12) -%}
    cast({{ dbt.dateadd('month', months, start) }} as date)
{%- endmacro %}


{#
  Whether chance draws a text: the first eight hexadecimal digits of its md5 against the share (a var) of
  the 16^8 there are.
#}
{% macro is_drawn(text, share) -%}
    {{ dbt.hash(text) }} < '{{ customer_lifecycle.hash_limit(share) }}'
{%- endmacro %}


{# The limit in eight hexadecimal digits. Worked out by hand, since dbt v2 formats no numbers. #}
{% macro hash_limit(share) %}
    {% set left = namespace(number=(customer_lifecycle.number_or_zero(share) * 4294967296) | int) %}
    {% set digits = [] %}
    {% for _ in range(8) %}
        {% do digits.insert(0, '0123456789abcdef'[left.number % 16]) %}
        {% set left.number = left.number // 16 %}
    {% endfor %}
    {% do return(digits | join) %}
{% endmacro %}


{# The share of those listed who are left alone, by both draws, or of those who are not. #}
{% macro planned_share(is_control) -%}
    case
            when {{ is_control }}
                then 1 - {{ customer_lifecycle.double(customer_lifecycle.treated_share()) }}
            else {{ customer_lifecycle.double(customer_lifecycle.treated_share()) }}
        end
{%- endmacro %}

{% macro treated_share() %}
    {% do return(
        (1 - customer_lifecycle.number_or_zero('lifecycle_control_share'))
        * (1 - customer_lifecycle.number_or_zero('lifecycle_lasting_control_share'))
    ) %}
{% endmacro %}


{# Operation: forgets what was recorded of a wave, or of all. dbt run-operation forget_waves --args '{wave: ...}' #}
{% macro forget_waves(wave) %}
    {% set record = customer_lifecycle.stored_model('wake_up_assignments') %}
    {% if not record %}
        {% do exceptions.raise_compiler_error('customer_lifecycle: no wave is on record.') %}
    {% endif %}
    {% set known = run_query('select distinct wave from ' ~ record).columns[0].values() | list %}
    {% if wave != 'all' and wave not in known %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: there is no wave ' ~ (wave | tojson) ~ '; write all, or one of: '
            ~ known | sort | join(', ')) %}
    {% endif %}
    {% set literals = [] %}
    {% for name in (known if wave == 'all' else [wave]) %}
        {% do literals.append("'" ~ name | replace("'", "''") ~ "'") %}
    {% endfor %}
    {% if literals %}
        {# What an operation does is rolled back where nobody says otherwise. #}
        {% call statement('forget_waves', auto_begin=true) %}
            {{- customer_lifecycle.delete_rows(record, 'wave', literals) -}}
        {% endcall %}
        {% do adapter.commit() %}
    {% endif %}
    {% do log('forgotten: ' ~ (known if wave == 'all' else [wave]) | join(', '), info=true) %}
{% endmacro %}
