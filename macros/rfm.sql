{# How many of a measure's four cuts lie below the value. A missing value lies above none. #}
{% macro cuts_below(value, measure) -%}
    (
        {%- for cut_number in range(1, 5) %}
        case when {{ value }} > {{ measure }}_cut_{{ cut_number }} then 1 else 0 end
        {%- if not loop.last %} +{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
