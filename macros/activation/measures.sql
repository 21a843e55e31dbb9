{#
  The closed forms by which waves are measured, as SQL over columns of doubles. customer_lifecycle.statistics
  says the same in Python, and a test compares them.
#}

{# The quantiles of the normal distribution that intervals of 95 % and a power of 80 % take. #}
{% macro z_of_intervals() %}{% do return('1.959963984540054') %}{% endmacro %}

{% macro z_of_power() %}{% do return('0.8416212335729142') %}{% endmacro %}


{# A number as an 8-byte float. #}
{% macro double(number) %}
    {%- do return('cast(' ~ number ~ ' as ' ~ customer_lifecycle.double_type() ~ ')') -%}
{% endmacro %}


{# Wilson's limits of a share of so many members (1998, method 3 of Newcombe's comparison). #}
{% macro wilson_low(share, members) -%}
    greatest({{ customer_lifecycle.wilson_limit(share, members, '-') }}, {{ customer_lifecycle.double(0) }})
{%- endmacro %}

{% macro wilson_high(share, members) -%}
    least({{ customer_lifecycle.wilson_limit(share, members, '+') }}, {{ customer_lifecycle.double(1) }})
{%- endmacro %}

{% macro wilson_limit(share, members, sign) -%}
    {%- set z = customer_lifecycle.z_of_intervals() -%}
    (
            {{ share }} + {{ z }} * {{ z }} / (2 * {{ members }})
            {{ sign }} {{ z }} * sqrt(
                {{ share }} * (1 - {{ share }}) / {{ members }}
                + {{ z }} * {{ z }} / (4 * {{ members }} * {{ members }})
            )
        ) / (1 + {{ z }} * {{ z }} / {{ members }})
{%- endmacro %}


{#
  The quantile .975 of Student's distribution by its expansion at the normal one (Abramowitz & Stegun 1964,
  26.7.5), null below 3 degrees of freedom: off by 1e-3 of itself at 3, by 4e-6 at 10.
#}
{% macro student_quantile(degrees) -%}
    case
            when {{ degrees }} >= 3
                then
                    {{ customer_lifecycle.z_of_intervals() }}
                    + 2.372271230298562 / {{ degrees }}
                    + 2.822498615739611 / power({{ degrees }}, 2)
                    + 2.555849679507722 / power({{ degrees }}, 3)
                    + 1.589534053393823 / power({{ degrees }}, 4)
        end
{%- endmacro %}


{# A number that is below 0 by rounding only; null where it is null, which `greatest` is on some engines only. #}
{% macro not_below_zero(number) -%}
    case when {{ number }} is not null then greatest({{ number }}, {{ customer_lifecycle.double(0) }}) end
{%- endmacro %}


{# Sample variance of values from their number, sum and sum of squares; null of fewer than two. #}
{% macro variance_of_sums(number, sum_y, sum_yy) -%}
    {{ customer_lifecycle.not_below_zero(sum_yy ~ ' - ' ~ sum_y ~ ' * ' ~ sum_y ~ ' / ' ~ number) }}
        / nullif({{ number }} - 1, 0)
{%- endmacro %}


{# Their covariance with a second column. #}
{% macro covariance_of_sums(number, sum_y, sum_x, sum_xy) -%}
    ({{ sum_xy }} - {{ sum_y }} * {{ sum_x }} / {{ number }}) / nullif({{ number }} - 1, 0)
{%- endmacro %}


{# Their third central moment. #}
{% macro third_moment_of_sums(number, sum_y, sum_yy, sum_yyy) -%}
    {{ sum_yyy }} / {{ number }}
        - 3 * {{ sum_y }} / {{ number }} * {{ sum_yy }} / {{ number }}
        + 2 * power({{ sum_y }} / {{ number }}, 3)
{%- endmacro %}


{#
  The least lift that a wave finds with a power of about 80 % if the treated buy by `lift` more than `base_rate`:
  the lower half of Newcombe's interval at those shares, and 0.84 standard errors.
#}
{% macro least_lift_found(lift, base_rate, treated, controls) -%}
    {%- set share = 'least(' ~ base_rate ~ ' + ' ~ lift ~ ', ' ~ customer_lifecycle.double(1) ~ ')' -%}
    sqrt(
            power({{ share }} - {{ customer_lifecycle.wilson_low(share, treated) }}, 2)
            + power({{ customer_lifecycle.wilson_high(base_rate, controls) }} - {{ base_rate }}, 2)
        )
        + {{ customer_lifecycle.z_of_power() }} * sqrt(
            {{ share }} * (1 - {{ share }}) / {{ treated }}
            + {{ base_rate }} * (1 - {{ base_rate }}) / {{ controls }}
        )
{%- endmacro %}


{#
  The CTEs smallest_lift_1 to smallest_lift_6, of rows with base_rate, treated and controls: smallest_lift_seen,
  found by repeating the above from 0 on. Each step leaves about a tenth of the rest.
#}
{% macro smallest_lifts(rows) -%}
    {%- for step in range(1, 7) -%}
smallest_lift_{{ step }} as (

    select
        {{ rows }}.*,
        case
            when {{ rows }}.treated > 0 and {{ rows }}.controls > 0
                then {{ customer_lifecycle.least_lift_found(
                    customer_lifecycle.double(0) if loop.first else 'before.smallest_lift_seen',
                    rows ~ '.base_rate', rows ~ '.treated', rows ~ '.controls'
                ) }}
        end as smallest_lift_seen
    from {{ rows }}
    {%- if not loop.first %}
    inner join smallest_lift_{{ step - 1 }} as before on {{ rows }}.row_id = before.row_id
    {%- endif %}

),

    {% endfor -%}
{%- endmacro %}
