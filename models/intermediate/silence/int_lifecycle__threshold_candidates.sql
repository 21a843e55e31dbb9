-- How many days each rule would make of each threshold, at each date: the return curve, the
-- quantiles of the completed gaps, and fixed days. A rule that cannot tell says null.
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

    select as_of_date from {{ ref('int_lifecycle__threshold_dates') }}

),

thresholds as (

    {% for threshold in ['at_risk', 'dormant', 'churned'] -%}
    select
        {{ loop.index }} as threshold_number,
        '{{ threshold }}_after' as threshold,
        {{ var('lifecycle_' ~ threshold ~ '_share') }} as return_share,
        {{ var('lifecycle_' ~ threshold ~ '_quantile') }} as quantile_level,
        {{ var('lifecycle_default_threshold_days')[loop.index0] }} as default_days
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

first_purchase as (

    select min(started_on) as first_purchase_on from gap_lengths

),

returned_up_to_length as (

    select
        as_of_date,
        gap_days,
        returned,
        sum(returned) over (
            partition by as_of_date order by gap_days rows unbounded preceding
        ) as returned_so_far,
        sum(returned) over (partition by as_of_date) as gaps
    from gap_survival

),

from_gaps as (

    -- The discrete quantile is the shortest gap that at least this share of the gaps does not
    -- exceed; and from most_are_back_after on, no more than the share had yet to come back.
    select
        gaps.as_of_date,
        thresholds.threshold,
        max(gaps.gaps) as gaps,
        max(gaps.gap_days) as longest_gap_days,
        min(
            case
                when
                    gaps.returned > 0
                    and gaps.returned_so_far >= thresholds.quantile_level * gaps.gaps
                    then gaps.gap_days
            end
        ) as quantile_days,
        min(
            case
                when
                    gaps.returned > 0
                    and gaps.gaps - gaps.returned_so_far <= thresholds.return_share * gaps.gaps
                    then gaps.gap_days
            end
        ) as most_are_back_after
    from returned_up_to_length as gaps
    cross join thresholds
    group by gaps.as_of_date, thresholds.threshold

),

from_curve as (

    -- The first day from which fewer than the share come back: of those silent for just that long,
    -- beyond what chance can do, and of those silent for that long or longer. Quotients that are
    -- equal to the share may differ from it in the last digit.
    select
        return_steps.as_of_date,
        thresholds.threshold,
        max(return_steps.judged_until) as judged_until,
        min(
            case
                when
                    return_steps.p_return_high < thresholds.return_share - 1e-9
                    and return_steps.p_return_at_least < thresholds.return_share - 1e-9
                    then return_steps.silent_days
            end
        ) as curve_days
    from return_steps
    cross join thresholds
    group by return_steps.as_of_date, thresholds.threshold

),

with_rules as (

    select
        dates.as_of_date,
        thresholds.threshold_number,
        thresholds.threshold,
        thresholds.return_share,
        thresholds.default_days,
        {{ customer_lifecycle.days_between(
            'first_purchase.first_purchase_on', 'dates.as_of_date'
        ) }} as history_days,
        coalesce(from_gaps.gaps, 0) >= {{ var('lifecycle_minimum_gaps') }} as has_enough_gaps,
        from_gaps.longest_gap_days,
        from_gaps.quantile_days,
        from_gaps.most_are_back_after,
        from_curve.judged_until,
        from_curve.curve_days
    from dates
    cross join thresholds
    cross join first_purchase
    left join from_gaps
        on
            dates.as_of_date = from_gaps.as_of_date
            and thresholds.threshold = from_gaps.threshold
    left join from_curve
        on
            dates.as_of_date = from_curve.as_of_date
            and thresholds.threshold = from_curve.threshold

),

threshold_candidates as (

    select
        as_of_date,
        threshold_number,
        threshold,
        return_share,
        case
            when not has_enough_gaps then null
            -- In a shop where hardly anybody buys twice the curve is low from the first day on:
            -- there the gaps that did end say how long one has to wait.
            when curve_days is not null then greatest(curve_days, most_are_back_after, 1)
            -- Not even at the default do so few come back, so it would be wrong: nobody has been
            -- silent for long enough yet.
            when judged_until >= default_days then longest_gap_days + 1
        end as return_curve_days,
        case when has_enough_gaps then quantile_days end as quantile_days,
        default_days,
        case
            when has_enough_gaps and curve_days is not null then null
            when has_enough_gaps and judged_until >= default_days then 'share_not_reached'
            when history_days < default_days + {{ var('lifecycle_threshold_horizon') }}
                then 'history_too_short'
            else 'too_few_gaps'
        end as return_curve_reason,
        case when not has_enough_gaps then 'too_few_gaps' end as quantile_reason
    from with_rules

)

select * from threshold_candidates
