-- How long the open gap is among the customer's own gaps: ratio, score, bands and own level.
-- Bands are compared as integers (per mille), so that no cut depends on rounding.
with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

rank_bands as (

    select
        rank_band,
        lower_per_mille,
        own_level,
        coalesce(lead(lower_per_mille) over (order by lower_per_mille), 1001) as upper_per_mille
    from {{ ref('lifecycle_rank_bands') }}

),

score_groups as (

    select
        score_group,
        lower_score,
        own_level,
        lead(lower_score) over (order by lower_score) as upper_score
    from {{ ref('lifecycle_score_groups') }}

),

with_own_gaps as (

    select * from purchase_history
    where purchase_days >= 2

),

own_silence as (

    select
        with_own_gaps.customer_id,
        cast(with_own_gaps.rank_max as {{ var('lifecycle_double_type') }})
        / with_own_gaps.purchase_days as rank_ratio,
        rank_bands.rank_band,
        cast(with_own_gaps.days_since_last_purchase as {{ var('lifecycle_double_type') }})
        / with_own_gaps.max_gap_days as silence_score,
        score_groups.score_group,
        -- The score only subdivides the customers whose open gap is the longest of all.
        case
            when with_own_gaps.rank_max = with_own_gaps.purchase_days then score_groups.own_level
            else rank_bands.own_level
        end as own_level,
        -- Share of the ranks that are at least as high as the band begins: how often a customer
        -- who is still there would stand in this band or higher. One rank only is the highest.
        case
            when with_own_gaps.rank_max = with_own_gaps.purchase_days then 1
            else with_own_gaps.purchase_days - greatest(
                ceiling(rank_bands.lower_per_mille * with_own_gaps.purchase_days / 1000.0), 1
            ) + 1
        end / cast(with_own_gaps.purchase_days as {{ var('lifecycle_double_type') }})
            as false_alarm_rate
    from with_own_gaps
    inner join rank_bands
        on
            1000 * with_own_gaps.rank_max
            >= rank_bands.lower_per_mille * with_own_gaps.purchase_days
            and 1000 * with_own_gaps.rank_max
            < rank_bands.upper_per_mille * with_own_gaps.purchase_days
    inner join score_groups
        on
            with_own_gaps.days_since_last_purchase
            >= score_groups.lower_score * with_own_gaps.max_gap_days
            and (
                score_groups.upper_score is null
                or with_own_gaps.days_since_last_purchase
                < score_groups.upper_score * with_own_gaps.max_gap_days
            )

)

select * from own_silence
