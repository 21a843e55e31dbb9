{#
  Recency, frequency and monetary value as of a date, as selects over relations with one row per
  customer and as-of date. So today and history are the same SQL.
#}

{# The three values of every customer who has bought. #}
{% macro rfm_values(purchase_history, customers) -%}
    select
        history.customer_id,
        history.as_of_date,
        {{ customer_lifecycle.rfm_columns('history', 'customers') }}
    from {{ purchase_history }} as history
    inner join {{ customers }} as customers
        on
            history.customer_id = customers.customer_id
            and history.as_of_date = customers.as_of_date
{%- endmacro %}


{# The columns recency_days, frequency, monetary and average_amount, from the relations with a
   customer's purchase days and money. #}
{% macro rfm_columns(history, customers) -%}
    {%- set average_amount = customer_lifecycle.rounded_quotient(
        customers ~ '.net_amount_in_window', 'nullif(' ~ history ~ '.purchase_days_in_window, 0)'
    ) -%}
        {{ history }}.days_since_last_purchase as recency_days,
        {{ history }}.purchase_days_in_window as frequency,
        {{ average_amount if var('lifecycle_rfm_monetary') == 'average'
            else customers ~ '.net_amount_in_window' }} as monetary,
        {{ average_amount }} as average_amount
{%- endmacro %}


{#
  The four cuts of each score, side by side, one row per as-of date: from the customers' values or
  from the seed of fixed cuts. Decimals, since interpolation in floating point puts a cut between
  equal values a hair below them, and then the value would count as above its own cut. Fifths between
  amounts are exact so.
#}
{% macro rfm_cuts(rfm_values) -%}
    {%- set columns = {
        'recency': 'recency_days', 'frequency': 'frequency', 'monetary': 'monetary'
    } -%}
    {%- if var('lifecycle_rfm_cuts') == 'seed' -%}
    select
        dates.as_of_date
        {%- for measure in columns %}
        {%- for cut_number in range(1, 5) %},
        max(
            case
                when fixed_cuts.measure = '{{ measure }}' and fixed_cuts.cut_number = {{ cut_number }}
                    then cast(fixed_cuts.cut_value as decimal(26, 6))
            end
        ) as {{ measure }}_cut_{{ cut_number }}
        {%- endfor %}
        {%- endfor %}
    from (select distinct as_of_date from {{ rfm_values }}) as dates
    cross join {{ ref('lifecycle_rfm_fixed_cuts') }} as fixed_cuts
    group by dates.as_of_date
    {%- else -%}
    {%- set shares = {'cut_1': 0.2, 'cut_2': 0.4, 'cut_3': 0.6, 'cut_4': 0.8} %}
    select
        recency.as_of_date
        {%- for measure in columns %}
        {%- for cut in shares %},
        cast({{ measure }}.{{ cut }} as decimal(26, 6)) as {{ measure }}_{{ cut }}
        {%- endfor %}
        {%- endfor %}
    {%- for measure, column in columns.items() %}
    {{ 'from' if loop.first else 'inner join' }} (
        {{ customer_lifecycle.quantiles(rfm_values, column, shares, ['as_of_date']) }}
    ) as {{ measure }}
    {%- if not loop.first %}
        on recency.as_of_date = {{ measure }}.as_of_date
    {%- endif %}
    {%- endfor %}
    {%- endif %}
{%- endmacro %}


{#
  The scores and the segment they give. A score counts the cuts below the value: equal values get
  equal scores. Few days are good.
#}
{% macro rfm_scores(rfm_values, rfm_cuts) -%}
    select
        with_fm_score.*,
        rfm_segments.rfm_segment
    from (
        select
            scored.*,
            cast(floor((scored.f_score + scored.m_score + 1) / 2.0) as integer) as fm_score
        from (
            select
                rfm_values.*,
                5 - {{ customer_lifecycle.cuts_below('recency_days', 'recency') }} as r_score,
                1 + {{ customer_lifecycle.cuts_below('frequency', 'frequency') }} as f_score,
                1 + {{ customer_lifecycle.cuts_below('monetary', 'monetary') }} as m_score
            from {{ rfm_values }} as rfm_values
            -- Where nobody has bought there are no cuts.
            left join {{ rfm_cuts }} as rfm_cuts
                on rfm_values.as_of_date = rfm_cuts.as_of_date
        ) as scored
    ) as with_fm_score
    left join {{ ref('lifecycle_rfm_segments') }} as rfm_segments
        on
            with_fm_score.r_score = rfm_segments.r_score
            and with_fm_score.fm_score = rfm_segments.fm_score
{%- endmacro %}


{# How many of a measure's four cuts lie below the value. A missing value lies above none. #}
{% macro cuts_below(value, measure) -%}
    (
        {%- for cut_number in range(1, 5) %}
        case
            when rfm_values.{{ value }} > rfm_cuts.{{ measure }}_cut_{{ cut_number }} then 1
            else 0
        end
        {%- if not loop.last %} +{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
