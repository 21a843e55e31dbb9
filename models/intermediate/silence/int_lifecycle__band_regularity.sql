-- How regular the gaps of the eligible customers in each band of the rank ratio are [WM90]: the
-- shape k of a gamma distribution, 1 for random buyers, from how evenly pairs of gaps are split.
{%- set minimum_pairs = 30 %}
{%- set minimum_median_gap_days = 7 %}
{%- set normal_quantile_95 = 1.6449 %}

with own_silence as (

    select * from {{ ref('int_lifecycle__own_silence') }}
    where purchase_days >= {{ var('lifecycle_minimum_purchases') }}

),

gap_pairs as (

    select * from {{ ref('int_lifecycle__gap_pairs') }}

),

band_customers as (

    select
        rank_band,
        customer_id
    from own_silence
    union all
    select
        'ratio_1' as rank_band,
        customer_id
    from own_silence
    where rank_ratio = 1

),

band_gaps as (

    select
        band_customers.rank_band,
        gap_pairs.gap_days,
        cast(gap_pairs.first_gap_share - 0.5 as {{ customer_lifecycle.double_type() }}) as deviation
    from band_customers
    inner join gap_pairs on band_customers.customer_id = gap_pairs.customer_id

),

band_moments as (

    -- About one half, the expectation of a split: so they are small and their differences exact.
    select
        rank_band,
        count(deviation) as gap_pairs,
        avg(deviation) as moment_1,
        avg(deviation * deviation) as moment_2,
        avg(deviation * deviation * deviation) as moment_3,
        avg(deviation * deviation * deviation * deviation) as moment_4
    from band_gaps
    group by rank_band

),

band_medians as (

    {{ customer_lifecycle.quantiles(
        'band_gaps', 'gap_days', {'median_gap_days': 0.5}, ['rank_band']
    ) }}

),

with_medians as (

    select
        band_moments.*,
        band_medians.median_gap_days
    from band_moments
    inner join band_medians on band_moments.rank_band = band_medians.rank_band

),

band_splits as (

    select
        rank_band,
        gap_pairs,
        median_gap_days,
        gap_pairs >= {{ minimum_pairs }}
        and median_gap_days >= {{ minimum_median_gap_days }} as says_something,
        moment_2 - moment_1 * moment_1 as variance,
        moment_4
        - 4 * moment_3 * moment_1
        + 6 * moment_2 * moment_1 * moment_1
        - 3 * moment_1 * moment_1 * moment_1 * moment_1 as fourth_central_moment
    from with_medians

),

band_regularity as (

    -- Gamma gaps of shape k split a pair with variance 1 / (4 (2 k + 1)), random ones (k = 1) with
    -- 1/12; so k is surely below 1 only when even the lower bound of the variance exceeds that.
    select
        rank_band,
        gap_pairs,
        median_gap_days,
        case
            -- Gaps without any variation have no finite k; less than this is rounding error.
            when says_something and variance > 1e-12 then (1 - 4 * variance) / (8 * variance)
        end as regularity_k,
        case
            when says_something
                then
                    variance - {{ normal_quantile_95 }} * sqrt(
                        greatest(fourth_central_moment - variance * variance, 0) / gap_pairs
                    ) <= cast(1 as {{ customer_lifecycle.double_type() }}) / 12
        end as is_regular
    from band_splits

)

select * from band_regularity
