{#
  A number divided by a whole number above 0, rounded half away from zero to so many decimals (the
  number has no more). Exact, in whole units of the last decimal: some warehouses divide decimals in
  floating point, and then amounts that are equal may come out different.
#}
{% macro rounded_quotient(number, count, decimals=4) -%}
    {%- set units -%}
        cast({{ number }} as decimal(38, {{ decimals }})) * {{ 10 ** decimals }}
    {%- endset -%}
    cast(
        sign({{ number }}) * cast(
            {{ customer_lifecycle.whole_quotient(
                '2 * abs(' ~ units ~ ') + ' ~ count, '2 * ' ~ count
            ) }} as decimal(38, 0)
        ) * 0.{{ '0' * (decimals - 1) }}1 as decimal({{ 20 + decimals }}, {{ decimals }})
    )
{%- endmacro %}


{# The median of a decimal column, rounded half away from zero to so many decimals. #}
{% macro decimal_median(column, decimals=4) -%}
    {%- set lower_and_upper -%}
        (
            percentile_disc(0.5) within group (order by {{ column }})
            + percentile_disc(0.5) within group (order by {{ column }} desc)
        )
    {%- endset -%}
    {{ customer_lifecycle.rounded_quotient(lower_and_upper, 2, decimals) }}
{%- endmacro %}


{# The whole part of the quotient of two whole numbers that are not negative. #}
{% macro whole_quotient(dividend, divisor) %}
    {{- return(adapter.dispatch('whole_quotient', 'customer_lifecycle')(dividend, divisor)) -}}
{% endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    ({{ dividend }} - mod({{ dividend }}, {{ divisor }})) / ({{ divisor }})
{%- endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}
    cast({{ dividend }} as hugeint) // cast({{ divisor }} as hugeint)
{%- endmacro %}
