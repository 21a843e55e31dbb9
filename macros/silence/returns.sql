{#
  Select: for each (silent_days, horizon_days) of the relation `points`, the probability that a
  customer who has been silent that long buys within the horizon: 1 - S(t + H) / S(t), with
  Greenwood's 95 % interval. Null beyond the longest gap that was ever observed. `gap_survival` has
  the survival as of one date.
#}
{% macro return_probabilities(points, gap_survival) -%}
    select
        estimates.silent_days,
        estimates.horizon_days,
        estimates.at_risk,
        estimates.p_return,
        case
            when estimates.p_return > estimates.half_width
                then estimates.p_return - estimates.half_width
            when estimates.p_return is not null then 0
        end as p_return_low,
        case
            when estimates.p_return + estimates.half_width < 1
                then estimates.p_return + estimates.half_width
            when estimates.p_return is not null then 1
        end as p_return_high
    from (
        select
            stays.*,
            case when stays.stays_silent is not null then 1 - stays.stays_silent end as p_return,
            {{ customer_lifecycle.normal_quantile_975() }}
            * stays.stays_silent * sqrt(stays.greenwood_sum) as half_width
        from (
            select
                points.silent_days,
                points.horizon_days,
                silent_from.at_risk_after as at_risk,
                case
                    when points.silent_days + points.horizon_days > longest.gap_days
                        or silent_from.at_risk_after = 0 then null
                    when silent_to.days_when_all_return > silent_from.days_when_all_return then 0
                    -- Equal sums that were added up to in another order differ in the last digit.
                    else least(exp(silent_to.log_survival - silent_from.log_survival), 1)
                end as stays_silent,
                -- A difference of sums can miss zero by a rounding error.
                case
                    when silent_to.greenwood_sum > silent_from.greenwood_sum
                        then silent_to.greenwood_sum - silent_from.greenwood_sum
                    else 0
                end as greenwood_sum
            from {{ points }} as points
            cross join (
                select max(gap_days) as gap_days from {{ gap_survival }}
            ) as longest
            left join {{ gap_survival }} as silent_from
                on
                    {{ customer_lifecycle.both_known('points.silent_days', 'silent_from.gap_days') }}
                    points.silent_days >= silent_from.gap_days
                    and points.silent_days < silent_from.next_gap_days
            left join {{ gap_survival }} as silent_to
                on
                    {{ customer_lifecycle.both_known('points.silent_days', 'silent_to.gap_days') }}
                    points.silent_days + points.horizon_days >= silent_to.gap_days
                    and points.silent_days + points.horizon_days < silent_to.next_gap_days
        ) as stays
    ) as estimates
{%- endmacro %}


{# Standard errors on either side of an estimate in a 95 % interval. #}
{% macro normal_quantile_975() -%}
    1.959963984540054
{%- endmacro %}
