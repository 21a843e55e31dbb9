-- Days of silence from which a customer counts as at risk, dormant, churned: set by vars, or
-- learnt from how long completed gaps are.
{%- set thresholds = ['at_risk', 'dormant', 'churned'] %}
{%- set default_days = var('lifecycle_default_threshold_days') %}

with gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

gaps_up_to_length as (

    select
        gap_days,
        sum(gaps) over (order by gap_days) as gaps_so_far,
        sum(gaps) over () as gaps
    from gap_lengths

),

learnt as (

    -- The discrete quantile: the shortest gap that at least this share of the gaps does not exceed.
    select
        coalesce(max(gaps), 0) as gaps
        {% for threshold in thresholds %}
        {%- set share = var('lifecycle_' ~ threshold ~ '_quantile') %},
        min(case when gaps_so_far >= {{ share }} * gaps then gap_days end) as {{ threshold }}_days
        {% endfor %}
    from gaps_up_to_length

),

with_source as (

    {% for threshold in thresholds -%}
    {%- set days = var('lifecycle_' ~ threshold ~ '_after', none) -%}
    select
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
        threshold,
        threshold_number,
        max(days - threshold_number) over (
            order by threshold_number rows between unbounded preceding and current row
        ) + threshold_number as days,
        source
    from with_source

)

select * from threshold_days
