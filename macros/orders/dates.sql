{# Whole days from one date to another. #}
{% macro days_between(first, second) -%}
    cast({{ dbt.datediff(first, second, 'day') }} as integer)
{%- endmacro %}


{# First day of the period (var lifecycle_period) that contains a date. #}
{% macro period_start(date) -%}
    cast({{ dbt.date_trunc(var('lifecycle_period'), date) }} as date)
{%- endmacro %}


{# First day of the first period that is not complete at a date. #}
{% macro open_period_start(as_of_date) -%}
    {{ customer_lifecycle.period_start(
        'cast(' ~ dbt.dateadd('day', 1, as_of_date) ~ ' as date)'
    ) }}
{%- endmacro %}


{# A date so many periods (var lifecycle_period) later; `count` is SQL. #}
{% macro add_periods(count, date) -%}
    {%- set parts = {'week': ('day', 7), 'month': ('month', 1), 'quarter': ('month', 3)} -%}
    {#- Another period than these is told by config_check, which comes after parsing. -#}
    {%- set part, parts_per_period = parts.get(var('lifecycle_period'), parts.month) -%}
    cast({{ dbt.dateadd(part, parts_per_period ~ ' * (' ~ count ~ ')', date) }} as date)
{%- endmacro %}


{# Periods (var lifecycle_period) from the first day of one to the first day of a later one. #}
{% macro periods_between(first_start, second_start) -%}
    {%- if var('lifecycle_period') == 'week' -%}
    cast({{ customer_lifecycle.days_between(first_start, second_start) }} / 7 as integer)
    {%- else -%}
    cast(
        {{ customer_lifecycle.whole_months_between(first_start, second_start) }}
        / {{ 3 if var('lifecycle_period') == 'quarter' else 1 }} as integer
    )
    {%- endif -%}
{%- endmacro %}


{# Last day of the period (var lifecycle_period) that contains a date. #}
{% macro period_end(date) -%}
    {%- set next_start = customer_lifecycle.add_periods('1', customer_lifecycle.period_start(date)) -%}
    cast({{ dbt.dateadd('day', -1, next_start) }} as date)
{%- endmacro %}


{# How many periods (var lifecycle_period) make a year of 365 days. #}
{% macro periods_per_year() %}
    {#- Another period than these is told by config_check, which comes after parsing. -#}
    {% do return({'week': 365 / 7, 'month': 12, 'quarter': 4}.get(var('lifecycle_period'), 12)) %}
{% endmacro %}


{# Whole months from one date to a later one: a month is over on the same day of the next. #}
{% macro whole_months_between(first, second) -%}
    cast(
        12 * (extract(year from {{ second }}) - extract(year from {{ first }}))
        + extract(month from {{ second }}) - extract(month from {{ first }})
        - case
            when extract(day from {{ second }}) < extract(day from {{ first }}) then 1
            else 0
        end as integer
    )
{%- endmacro %}


{# Whether a date lies in the days that frequency and monetary look at. #}
{% macro is_in_rfm_window(date, as_of_date) -%}
    {%- set window_days = var('lifecycle_rfm_window_days', none) -%}
    {%- if window_days is none -%}
        true
    {%- else -%}
        {{ date }} > cast({{ dbt.dateadd('day', -(window_days | int), as_of_date) }} as date)
    {%- endif -%}
{%- endmacro %}


{# Days as weeks, the time unit of the purchase models. #}
{% macro weeks(days) -%}
    (cast({{ days }} as {{ customer_lifecycle.double_type() }}) / 7)
{%- endmacro %}


{# A duration for people: "2 months 7 days", "1 month", "3 days", "0 days". #}
{% macro duration_text(months, days) -%}
    {%- for count, unit in [(months, 'month'), (days, 'day')] %}
        {%- if not loop.first %} || {% endif -%}
        case
            when {{ count }} = 1 then '1 {{ unit }}'
            when {{ count }} > 1 {{ 'or ' ~ months ~ ' = 0' if loop.last }}
                then cast({{ count }} as {{ dbt.type_string() }}) || ' {{ unit }}s'
            else ''
        end
        {%- if loop.first %}
        || case when {{ months }} > 0 and {{ days }} > 0 then ' ' else '' end
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
