{#
  A number divided by a whole number above 0, rounded half away from zero to so many decimals (the
  number has no more), with as many digits before them as money has. Exact, in whole units of the last decimal: some warehouses divide decimals in
  floating point, and then amounts that are equal may come out different.
#}
{% macro rounded_quotient(number, count, decimals=4) -%}
    {%- set digits = var('lifecycle_money_type').split('(')[1].split(',')[0] | int - 4 -%}
    {%- set units -%}
        cast({{ number }} as {{ customer_lifecycle.decimal_type(38, decimals) }}) * {{ 10 ** decimals }}
    {%- endset -%}
    cast(
        case when {{ number }} < 0 then -1 else 1 end * cast(
            {{ customer_lifecycle.whole_quotient(
                '2 * abs(' ~ units ~ ') + ' ~ count, '2 * ' ~ count
            ) }} as {{ customer_lifecycle.decimal_type(38, 0) }}
        ) * 0.{{ '0' * (decimals - 1) }}1 as {{ customer_lifecycle.decimal_type(
            [digits + decimals, 38] | min, decimals
        ) }}
    )
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
