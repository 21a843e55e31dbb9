{#
  Quantiles and medians from the counts of equal values: no warehouse has to keep all the values of a
  group, and those whose aggregates know no quantile can do it too. Each macro is a select with one row
  per group of `by`; without groups it is one row, also of no rows. Nulls are left out.
#}

{# Select: quantiles of a column with linear interpolation, as doubles. `shares` are by their names. #}
{% macro quantiles(rows, column, shares, by=[]) -%}
    {%- set double = customer_lifecycle.double_type() -%}
    select
        {%- for group in by %}
        {{ group }},
        {%- endfor %}
        {%- for name, share in shares.items() %}
        {%- set position = 'cast(' ~ share ~ ' as ' ~ double ~ ') * (all_rows - 1)' %}
        {%- set way_up = '(max(' ~ position ~ ') - floor(max(' ~ position ~ ')))' %}
        cast(min(case when rows_up_to > floor({{ position }}) then counted_value end) as {{ double }})
        * (1 - {{ way_up }})
        + cast(min(case when rows_up_to > ceil({{ position }}) then counted_value end) as {{ double }})
        * {{ way_up }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ customer_lifecycle.counts_of_values(rows, column, by) }} as value_counts
    {%- if by %}
    group by {{ by | join(', ') }}
    {%- endif %}
{%- endmacro %}


{# Select: the median of a decimal column, rounded half away from zero to so many decimals. #}
{% macro decimal_median(rows, column, name, by=[], decimals=4) -%}
    {%- set lower_and_upper -%}
        (
            min(case when 2 * rows_up_to >= all_rows then counted_value end)
            + min(case when 2 * rows_up_to > all_rows then counted_value end)
        )
    {%- endset -%}
    select
        {%- for group in by %}
        {{ group }},
        {%- endfor %}
        {{ customer_lifecycle.rounded_quotient(lower_and_upper, 2, decimals) }} as {{ name }}
    from {{ customer_lifecycle.counts_of_values(rows, column, by) }} as value_counts
    {%- if by %}
    group by {{ by | join(', ') }}
    {%- endif %}
{%- endmacro %}


{# Each value of a column in each group, with the rows up to it and those of the group. A null counts as
   no row, so that a group of nulls alone is still there. #}
{% macro counts_of_values(rows, column, by) -%}
    (
        select
            {%- for group in by %}
            {{ group }},
            {%- endfor %}
            {{ column }} as counted_value,
            sum(count({{ column }})) over (
                {{ 'partition by ' ~ by | join(', ') if by }}
                order by {{ column }} rows unbounded preceding
            ) as rows_up_to,
            sum(count({{ column }})) over ({{ 'partition by ' ~ by | join(', ') if by }}) as all_rows
        from {{ rows }}
        group by {{ (by + [column]) | join(', ') }}
    )
{%- endmacro %}


{#
  The median of each customer's own values is the mean of the middle ones among numbered rows, as an
  aggregate: `number` is the rank of the row's value from 1 on, `count` how many values there are.
#}
{% macro median_of_numbered(column, number, count) -%}
    avg(case when 2 * {{ number }} between {{ count }} and {{ count }} + 2
        then cast({{ column }} as {{ customer_lifecycle.double_type() }}) end)
{%- endmacro %}
