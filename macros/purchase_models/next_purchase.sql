{#
  When customers buy next, if they are still there: a date and the 10 and 90 % bounds around it, added
  to a relation with one row per customer and as-of date (int_lifecycle__purchase_history or its rows
  by period). Everything is conditional on what is known: the gap is longer than the open gap T_r.
#}

{# The 10, 50 and 90 % points, in tenths. #}
{% macro next_purchase_points() %}
    {% do return({'low': 1, 'middle': 5, 'high': 9}) %}
{% endmacro %}


{#
  The gap that ends with the next purchase, in whole days, for those with enough own gaps longer than
  the open one: the current gap is one more of these m gaps, so it is longer than the i-th shortest
  with probability 1 - i / (m + 1). Positions (m + 1) p, between two of them by linear interpolation;
  in tenths, so that nothing depends on rounding. The bounds are rounded outwards.
#}
{% macro own_next_gap(purchase_history, purchase_days) -%}
    select
        customer_id,
        as_of_date,
        {%- for point, tenths in customer_lifecycle.next_purchase_points().items() %}
        {%- set tenths_of_days -%}
            sum(gap_days * greatest(10 - abs(10 * position - {{ tenths }} * positions), 0))
        {%- endset %}
        {% if point == 'low' -%}
        floor({{ tenths_of_days }} / 10.0)
        {%- elif point == 'middle' -%}
        floor({{ tenths_of_days }} / 10.0 + 0.5)
        {%- else -%}
        ceil({{ tenths_of_days }} / 10.0)
        {%- endif %} as {{ point }}_days{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            history.customer_id,
            history.as_of_date,
            purchase_days.gap_days,
            row_number() over (
                partition by history.customer_id, history.as_of_date
                order by purchase_days.gap_days
            ) as position,
            1 + count(*) over (partition by history.customer_id, history.as_of_date) as positions
        from {{ purchase_history }} as history
        inner join {{ purchase_days }} as purchase_days
            on
                history.customer_id = purchase_days.customer_id
                and history.as_of_date >= purchase_days.purchased_on
                and history.days_since_last_purchase < purchase_days.gap_days
        -- Gaps longer than the open one, already counted.
        where
            history.purchase_days - history.rank_max
            >= {{ var('lifecycle_minimum_longer_gaps') }}
    ) as longer_gaps
    group by customer_id, as_of_date
    -- Frozen history may count gaps that later corrections have taken away.
    having count(*) >= {{ var('lifecycle_minimum_longer_gaps') }}
{%- endmacro %}


{#
  The others by everybody's purchases: the posterior of the NBD as fitted at the date,
  P(gap > t | gap > T_r) = ((alpha + t_x + T_r) / (alpha + t_x + t)) ** (r + x), here in days. The as-of
  date is over, so a purchase within k days (k days not included, k - 1 are) is one on the k-th day
  after it: the first day by which the share is reached is the time rounded up. As the low bound, that
  leaves at most 10 % to the days before. A point later than a hundred years after the last purchase
  is null; the logarithms are compared, since the power may be too large to be a number.
#}
{% macro next_purchase(purchase_history, purchase_days, fitted_parameters) -%}
    {%- set longest_days = 36525 -%}
    select
        with_gaps.*,
        {%- for point, column in {
            'low': 'next_purchase_on_low',
            'middle': 'next_purchase_on',
            'high': 'next_purchase_on_high',
        }.items() %}
        cast({{ dbt.dateadd('day', 'with_gaps.next_gap_days_' ~ point, 'with_gaps.last_purchase_on') }}
            as date) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            history.*,
            case
                when own_gaps.customer_id is not null then 'own_gaps'
                when nbd.alpha is not null then 'pooled'
            end as next_purchase_basis,
            {%- for point, tenths in customer_lifecycle.next_purchase_points().items() %}
            {%- set exponent -%}
                ln(10.0 / {{ 10 - tenths }}) / (nbd.r + history.purchase_days - 1)
            {%- endset %}
            {%- set weight = '(7 * nbd.alpha + history.days_since_first_purchase)' %}
            cast(
                case
                    when own_gaps.customer_id is not null then own_gaps.{{ point }}_days
                    when
                        {{ exponent }} <= ln(
                            (7 * nbd.alpha + history.days_first_to_last + {{ longest_days }})
                            / {{ weight }}
                        )
                        then
                            history.days_since_last_purchase
                            + ceil({{ weight }} * (exp({{ exponent }}) - 1))
                end as integer
            ) as next_gap_days_{{ point }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ purchase_history }} as history
        left join (
            {{ customer_lifecycle.own_next_gap(purchase_history, purchase_days) }}
        ) as own_gaps
            on
                history.customer_id = own_gaps.customer_id
                and history.as_of_date = own_gaps.as_of_date
        left join {{ customer_lifecycle.nbd_parameters(fitted_parameters) }} as nbd
            on history.as_of_date = nbd.fitted_on
    ) as with_gaps
{%- endmacro %}
