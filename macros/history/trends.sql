{#
  Tests of many customers or groups at once, as SQL over columns of doubles.
#}

{#
  Select: the rows with p_value, the two-sided p of Student's t with so many degrees of freedom, which may
  be a fraction. The rows have log_term = ln(1 + t * t / degrees) and degrees. Hill's normal quantile (1970,
  Algorithm 395) of t, and the complementary error function by the approximation of Press et al. (Numerical
  Recipes, erfcc). Off by 4e-4 at 2 degrees of freedom, by 2e-5 at 3, by 4e-7 at 5 and by 1e-7 from 6 on.
#}
{% macro with_student_p(rows) -%}
    {%- set double = customer_lifecycle.double -%}
    {%- set coefficients = [
        '1.00002368', '0.37409196', '0.09678418', '-0.18628806', '0.27886807', '-1.13520398', '1.48851587',
        '-0.82215223',
    ] -%}
    select
        with_u.*,
        -- PostgreSQL refuses what is too small for a double.
        least(
            u * exp(greatest(
                -z * z / 2 - 1.26551223
                {%- for coefficient in coefficients %}
                + u * ({{ coefficient }}
                {%- endfor %} + u * 0.17087277{{ ')' * coefficients | length }},
                {{ double(-600) }}
            )),
            {{ double(1) }}
        ) as p_value
    from (
        select
            with_z.*,
            1 / (1 + z * 0.3535533905932738) as u
        from (
            select
                with_y.*,
                (
                    (
                        (((-0.4 * y - 3.3) * y - 24) * y - 85.5)
                        / (0.8 * y * y + 100 + 48 * power(degrees - 0.5, 2)) + y + 3
                    ) / (48 * power(degrees - 0.5, 2)) + 1
                ) * sqrt(y) as z
            from (
                select
                    tested.*,
                    (degrees - 0.5) * log_term as y
                from {{ rows }} as tested
            ) as with_y
        ) as with_z
    ) as with_u
{%- endmacro %}


{#
  Select: the rows, which have p_value, with q_value, p corrected for the number of rows of each family
  (Benjamini & Hochberg 1995). The key makes the order of equal p-values the same on each run; their q is the same in any.
#}
{% macro with_q(rows, key, family) -%}
    select
        ranked.*,
        least(
            min(p_value * p_count / p_rank) over (
                partition by {{ family | join(', ') }}
                order by p_rank desc
                rows unbounded preceding
            ),
            {{ customer_lifecycle.double(1) }}
        ) as q_value
    from (
        select
            tested.*,
            row_number() over (
                partition by {{ family | join(', ') }} order by p_value, {{ key | join(', ') }}
            ) as p_rank,
            count(*) over (partition by {{ family | join(', ') }}) as p_count
        from {{ rows }} as tested
    ) as ranked
{%- endmacro %}
