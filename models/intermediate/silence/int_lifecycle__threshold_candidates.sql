-- How many days each rule would make of each threshold, at each date: the return curve, the
-- quantiles of the completed gaps, and fixed days. A rule that cannot tell says null.
{%- set thresholds = ['at_risk', 'dormant', 'churned'] %}
{%- set default_days = var('lifecycle_default_threshold_days') %}
{%- set horizon_days = var('lifecycle_threshold_horizon') %}
{%- set minimum_gaps = var('lifecycle_minimum_gaps') %}

with gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

gap_survival as (

    select * from {{ ref('int_lifecycle__gap_survival') }}

),

return_steps as (

    select * from {{ ref('int_lifecycle__return_steps') }}

),

dates as (

    select * from {{ ref('int_lifecycle__threshold_dates') }}

),

first_purchase as (

    select min(started_on) as first_purchase_on from gap_lengths

),

returned_up_to_length as (

    select
        as_of_date,
        gap_days,
        returned,
        sum(returned) over (partition by as_of_date order by gap_days) as returned_so_far,
        sum(returned) over (partition by as_of_date) as gaps
    from gap_survival

),

-- The discrete quantile: the shortest gap that at least this share of the gaps does not exceed.
from_gaps as (

    select
        as_of_date,
        max(gaps) as gaps,
        max(gap_days) as longest_gap_days
        {% for threshold in thresholds %}
        {%- set quantile = var('lifecycle_' ~ threshold ~ '_quantile') %}
        {%- set share = var('lifecycle_' ~ threshold ~ '_share') %},
        min(
            case when returned > 0 and returned_so_far >= {{ quantile }} * gaps then gap_days end
        ) as {{ threshold }}_quantile_days,
        -- The day up to which all but this share of those who came back had done so.
        min(case when returned > 0 and gaps - returned_so_far <= {{ share }} * gaps then gap_days end)
            as {{ threshold }}_most_are_back
        {% endfor %}
    from returned_up_to_length
    group by as_of_date

),

-- The first day from which fewer than the share come back: of those silent for just that long, beyond
-- what chance can do, and of those silent for that long or longer. Quotients that are equal to the
-- share may differ from it in the last digit.
from_curve as (

    select
        as_of_date,
        max(judged_until) as judged_until
        {% for threshold in thresholds %}
        {%- set share = var('lifecycle_' ~ threshold ~ '_share') %},
        min(
            case
                when p_return_high < {{ share }} - 1e-9 and p_return_at_least < {{ share }} - 1e-9
                    then silent_days
            end
        ) as {{ threshold }}_curve_days
        {% endfor %}
    from return_steps
    group by as_of_date

),

by_date as (

    select
        dates.as_of_date,
        {{ customer_lifecycle.days_between('first_purchase.first_purchase_on', 'dates.as_of_date') }}
            as history_days,
        coalesce(from_gaps.gaps, 0) >= {{ minimum_gaps }} as has_enough_gaps,
        from_gaps.longest_gap_days,
        from_curve.judged_until
        {% for threshold in thresholds %},
        from_gaps.{{ threshold }}_quantile_days,
        from_gaps.{{ threshold }}_most_are_back,
        from_curve.{{ threshold }}_curve_days
        {% endfor %}
    from dates
    cross join first_purchase
    left join from_gaps on dates.as_of_date = from_gaps.as_of_date
    left join from_curve on dates.as_of_date = from_curve.as_of_date

),

threshold_candidates as (

    {% for threshold in thresholds -%}
    {%- set days = default_days[loop.index0] -%}
    select
        as_of_date,
        {{ loop.index }} as threshold_number,
        '{{ threshold }}_after' as threshold,
        {{ var('lifecycle_' ~ threshold ~ '_share') }} as return_share,
        case
            when not has_enough_gaps then null
            -- In a shop where hardly anybody buys twice the curve is low from the first day on:
            -- there the gaps that did end say how long one has to wait.
            when {{ threshold }}_curve_days is not null
                then greatest({{ threshold }}_curve_days, {{ threshold }}_most_are_back, 1)
            -- Not even at the default do so few come back, so it would be wrong: nobody has been
            -- silent for long enough yet.
            when judged_until >= {{ days }} then longest_gap_days + 1
        end as return_curve_days,
        case when has_enough_gaps then {{ threshold }}_quantile_days end as quantile_days,
        {{ days }} as default_days,
        case
            when has_enough_gaps and {{ threshold }}_curve_days is not null then null
            when has_enough_gaps and judged_until >= {{ days }} then 'share_not_reached'
            when history_days < {{ days }} + {{ horizon_days }} then 'history_too_short'
            else 'too_few_gaps'
        end as return_curve_reason,
        case when not has_enough_gaps then 'too_few_gaps' end as quantile_reason
    from by_date
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from threshold_candidates
