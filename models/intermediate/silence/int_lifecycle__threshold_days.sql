-- Days of silence from which a customer counts as at risk, dormant, churned, at the as-of date and
-- at each period end: set by vars, or learnt from how long the gaps were that had ended by then.
{%- set thresholds = ['at_risk', 'dormant', 'churned'] %}
{%- set default_days = var('lifecycle_default_threshold_days') %}

with gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

dates as (

    select as_of_date from {{ ref('lifecycle_as_of') }}
    {%- if customer_lifecycle.has_room('history') %}
    union
    select period_end as as_of_date from {{ ref('int_lifecycle__history_periods') }}
    {%- endif %}

),

gaps_by_then as (

    select
        dates.as_of_date,
        gap_lengths.gap_days,
        sum(gap_lengths.gaps) as gaps
    from dates
    left join gap_lengths on dates.as_of_date >= gap_lengths.period_started_on
    group by dates.as_of_date, gap_lengths.gap_days

),

gaps_up_to_length as (

    select
        as_of_date,
        gap_days,
        sum(gaps) over (partition by as_of_date order by gap_days) as gaps_so_far,
        sum(gaps) over (partition by as_of_date) as gaps
    from gaps_by_then

),

learnt as (

    -- The discrete quantile: the shortest gap that at least this share of the gaps does not exceed.
    select
        as_of_date,
        coalesce(max(gaps), 0) as gaps
        {% for threshold in thresholds %}
        {%- set share = var('lifecycle_' ~ threshold ~ '_quantile') %},
        min(case when gaps_so_far >= {{ share }} * gaps then gap_days end) as {{ threshold }}_days
        {% endfor %}
    from gaps_up_to_length
    group by as_of_date

),

with_source as (

    {% for threshold in thresholds -%}
    {%- set days = var('lifecycle_' ~ threshold ~ '_after', none) -%}
    select
        as_of_date,
        {{ loop.index }} as threshold_number,
        '{{ threshold }}_after' as threshold,
        {% if days is not none -%}
        {{ days }} as days,
        'var' as source
        {%- else -%}
        case
            when gaps < {{ var('lifecycle_minimum_gaps') }} then {{ default_days[loop.index0] }}
            else {{ threshold }}_days
        end as days,
        case
            when gaps < {{ var('lifecycle_minimum_gaps') }} then 'default'
            else 'quantile'
        end as source
        {%- endif %}
    from learnt
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

threshold_days as (

    -- A day more than the threshold before where the gaps are too alike to tell them apart.
    select
        as_of_date,
        threshold,
        threshold_number,
        max(days - threshold_number) over (
            partition by as_of_date
            order by threshold_number rows between unbounded preceding and current row
        ) + threshold_number as days,
        source
    from with_source

)

select * from threshold_days
