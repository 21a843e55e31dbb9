{#
  A number divided by a whole number above 0, rounded half away from zero to so many decimals (the
  number has no more). Exact, in whole units of the last decimal: some warehouses divide decimals in
  floating point, and then amounts that are equal may come out different.
#}
{% macro rounded_quotient(number, count, decimals=4) %}
    {{- return(adapter.dispatch('rounded_quotient', 'customer_lifecycle')(number, count, decimals)) -}}
{% endmacro %}

{% macro default__rounded_quotient(number, count, decimals) -%}
    {%- set units -%}
        cast({{ number }} as {{ customer_lifecycle.decimal_type(38, decimals) }}) * {{ 10 ** decimals }}
    {%- endset -%}
    cast(
        case when {{ number }} < 0 then -1 else 1 end * cast(
            {{ customer_lifecycle.whole_quotient(
                '2 * abs(' ~ units ~ ') + ' ~ count, '2 * ' ~ count
            ) }} as {{ customer_lifecycle.decimal_type(38, 0) }}
        ) * 0.{{ '0' * (decimals - 1) }}1 as {{ customer_lifecycle.quotient_type(decimals) }}
    )
{%- endmacro %}

{# 64 bits where a decimal(18, ...) holds twice the units: a division of 128 takes fifteen times as long. #}
{% macro duckdb__rounded_quotient(number, count, decimals) -%}
    {%- set units = 'cast(2 * abs(cast(' ~ number ~ ' as decimal(18, ' ~ decimals ~ '))) * '
        ~ 10 ** decimals ~ ' as bigint)' -%}
    case
        when abs({{ number }}) < {{ 10 ** (17 - 2 * decimals) }}
            then cast(
                case when {{ number }} < 0 then -1 else 1 end
                * cast(({{ units }} + {{ count }}) // (2 * {{ count }}) as decimal(18, 0))
                * 0.{{ '0' * (decimals - 1) }}1 as {{ customer_lifecycle.quotient_type(decimals) }}
            )
        else
            {{ customer_lifecycle.default__rounded_quotient(number, count, decimals) }}
    end
{%- endmacro %}

{# As many digits before the point as money has. #}
{% macro quotient_type(decimals) %}
    {# A type that config_check refuses is looked at here first, where dbt parses. #}
    {% set digits = {'decimal(18, 4)': 14, 'decimal(30, 4)': 26, 'decimal(38, 4)': 34}.get(
        var('lifecycle_money_type'), 20
    ) %}
    {% do return(customer_lifecycle.decimal_type([digits + decimals, 38] | min, decimals)) %}
{% endmacro %}


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
