{#
  The silence of customers as of a date, as three selects that each add columns to a relation with
  one row per customer and as-of date (int_lifecycle__purchase_history or its rows by period). So
  today and history are the same SQL.
#}

{#
  How long the open gap is among the customer's own gaps: ratio, score, bands and own level; null
  with one purchase day. Bands are compared as integers (per mille), so that no cut depends on
  rounding.
#}
{% macro own_silence(purchase_history) -%}
    select
        history.*,
        rank_bands.rank_band,
        score_groups.score_group,
        case
            when history.purchase_days >= 2
                then
                    cast(history.rank_max as {{ customer_lifecycle.double_type() }})
                    / history.purchase_days
        end as rank_ratio,
        cast(history.days_since_last_purchase as {{ customer_lifecycle.double_type() }})
        / history.max_gap_days as silence_score,
        -- The score only subdivides the customers whose open gap is the longest of all.
        case
            when history.rank_max = history.purchase_days then score_groups.own_level
            else rank_bands.own_level
        end as own_level,
        -- Share of the ranks that are at least as high as the band begins: how often a customer
        -- who is still there would stand in this band or higher. One rank only is the highest.
        case
            when rank_bands.rank_band is null then null
            when history.rank_max = history.purchase_days then 1
            else history.purchase_days - greatest(
                ceil(rank_bands.lower_per_mille * history.purchase_days / 1000.0), 1
            ) + 1
        end / cast(history.purchase_days as {{ customer_lifecycle.double_type() }})
            as false_alarm_rate
    from {{ purchase_history }} as history
    left join {{ customer_lifecycle.rank_bands() }} as rank_bands
        on
            {{ customer_lifecycle.both_known('history.rank_max', 'rank_bands.lower_per_mille') }}
            history.purchase_days >= 2
            and 1000 * history.rank_max >= rank_bands.lower_per_mille * history.purchase_days
            and 1000 * history.rank_max < rank_bands.upper_per_mille * history.purchase_days
    left join (
        select
            score_group,
            lower_score,
            own_level,
            lead(lower_score) over (order by lower_score) as upper_score
        from {{ ref('lifecycle_score_groups') }}
    ) as score_groups
        on
            {{ customer_lifecycle.both_known('history.max_gap_days', 'score_groups.lower_score') }}
            history.days_since_last_purchase >= score_groups.lower_score * history.max_gap_days
            and (
                score_groups.upper_score is null
                or history.days_since_last_purchase
                < score_groups.upper_score * history.max_gap_days
            )
{%- endmacro %}


{#
  The probability that a customer who is still there would have bought by now, from all customers'
  purchases (Gamma-Poisson posterior of the NBD as fitted at the date):
  1 - ((alpha + t_x) / (alpha + t_x + open gap)) ** (r + x), times in weeks.
  Null when no NBD was fitted.
#}
{% macro pooled_silence(own_silence, fitted_parameters) -%}
    select
        with_probability.*,
        rank_bands.rank_band as probability_band,
        rank_bands.own_level as probability_level
    from (
        select
            history.*,
            1 - power(
                (nbd.alpha + {{ customer_lifecycle.weeks('history.days_first_to_last') }}) / (
                    nbd.alpha
                    + {{ customer_lifecycle.weeks('history.days_first_to_last') }}
                    + {{ customer_lifecycle.weeks('history.days_since_last_purchase') }}
                ),
                nbd.r + history.purchase_days - 1
            ) as silence_probability
        from {{ own_silence }} as history
        left join {{ customer_lifecycle.nbd_parameters(fitted_parameters) }} as nbd
            on history.as_of_date = nbd.fitted_on
    ) as with_probability
    left join {{ customer_lifecycle.rank_bands() }} as rank_bands
        -- With a condition on its left side a join runs as a loop over the few bands; without one
        -- it would sort all customers.
        on
            {{ customer_lifecycle.both_known('with_probability.silence_probability', 'rank_bands.lower_per_mille') }}
            with_probability.silence_probability is not null
            and 1000 * with_probability.silence_probability >= rank_bands.lower_per_mille
            and 1000 * with_probability.silence_probability < rank_bands.upper_per_mille
{%- endmacro %}


{#
  What decides (own gaps, everybody's gaps, or days alone) and what it says: level and status.
  "Longer than ever" needs own gaps: the pooled probability reaches level 4 at most, which is silent
  once it lasts.
#}
{% macro silence_status(pooled_silence, thresholds) -%}
    select
        with_level.*,
        case
            when with_level.silence_basis = 'thresholds' then with_level.status_by_days
            when
                with_level.silence_basis = 'pooled'
                and with_level.silence_level = 4
                and with_level.status_by_days = 'silent'
                then 'silent'
            else silence_levels.silence_status
        end as silence_status
    from (
        select
            with_basis.*,
            case
                when with_basis.silence_basis = 'own_gaps' then with_basis.own_level
                when with_basis.silence_basis = 'pooled' then with_basis.probability_level
            end as silence_level
        from (
            select
                history.*,
                history.purchase_days >= {{ var('lifecycle_minimum_purchases') }} as is_eligible,
                case
                    when history.purchase_days >= {{ var('lifecycle_minimum_purchases') }}
                        then 'own_gaps'
                    when history.purchase_days >= 2 and history.silence_probability is not null
                        then 'pooled'
                    else 'thresholds'
                end as silence_basis,
                case
                    when history.days_since_last_purchase < thresholds.at_risk_after then 'active'
                    when history.days_since_last_purchase < thresholds.dormant_after
                        then 'near_silent'
                    else 'silent'
                end as status_by_days
            from {{ pooled_silence }} as history
            inner join {{ thresholds }} as thresholds
                on history.as_of_date = thresholds.as_of_date
        ) as with_basis
    ) as with_level
    left join {{ ref('lifecycle_silence_levels') }} as silence_levels
        on with_level.silence_level = silence_levels.silence_level
{%- endmacro %}


{# The bands with both ends; 1000 per mille is in the highest. #}
{% macro rank_bands() -%}
    (
        select
            rank_band,
            lower_per_mille,
            own_level,
            coalesce(lead(lower_per_mille) over (order by lower_per_mille), 1001)
                as upper_per_mille
        from {{ ref('lifecycle_rank_bands') }}
    )
{%- endmacro %}
