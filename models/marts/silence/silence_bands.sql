-- How many customers stand in each band of the rank ratio, how many would stand there if nobody had
-- changed, and whether the gaps of those who do are regular enough to trust that number.
{%- set minimum_pairs = 30 %}
{%- set minimum_median_gap_days = 7 %}
{%- set normal_quantile_95 = 1.6449 %}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

own_silence as (

    select * from {{ ref('int_lifecycle__own_silence') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

gap_pairs as (

    select * from {{ ref('int_lifecycle__gap_pairs') }}

),

rank_bands as (

    select
        rank_band,
        lower_per_mille,
        lead(lower_per_mille) over (order by lower_per_mille) as upper_per_mille
    from {{ ref('lifecycle_rank_bands') }}

),

eligible as (

    select
        purchase_history.customer_id,
        purchase_history.purchase_days,
        own_silence.rank_band,
        own_silence.rank_ratio,
        customers.net_amount
    from purchase_history
    inner join own_silence on purchase_history.customer_id = own_silence.customer_id
    inner join customers on purchase_history.customer_id = customers.customer_id
    where purchase_history.purchase_days >= {{ var('lifecycle_minimum_purchases') }}

),

band_customers as (

    select
        rank_band,
        customer_id,
        net_amount
    from eligible
    union all
    select
        'ratio_1' as rank_band,
        customer_id,
        net_amount
    from eligible
    where rank_ratio = 1

),

band_totals as (

    select
        rank_band,
        count(*) as customers,
        sum(net_amount) as net_amount
    from band_customers
    group by rank_band

),

eligible_by_purchase_days as (

    select
        purchase_days,
        count(*) as customers
    from eligible
    group by purchase_days

),

band_ranks as (

    -- How many of the ranks 1 to n lie in the band: an unchanged customer has each of them with
    -- probability 1/n. The highest band ends with rank n.
    select
        rank_bands.rank_band,
        eligible_by_purchase_days.purchase_days,
        eligible_by_purchase_days.customers,
        case
            when rank_bands.upper_per_mille is null
                then eligible_by_purchase_days.purchase_days + 1
            else ceiling(
                rank_bands.upper_per_mille * eligible_by_purchase_days.purchase_days / 1000.0
            )
        end - greatest(ceiling(
            rank_bands.lower_per_mille * eligible_by_purchase_days.purchase_days / 1000.0
        ), 1) as ranks
    from rank_bands
    cross join eligible_by_purchase_days
    union all
    select
        'ratio_1' as rank_band,
        purchase_days,
        customers,
        1 as ranks
    from eligible_by_purchase_days

),

band_expectations as (

    select
        rank_band,
        sum(
            cast(customers * ranks as {{ var('lifecycle_double_type') }}) / purchase_days
        ) as expected_false_alarms
    from band_ranks
    group by rank_band

),

band_gaps as (

    select
        band_customers.rank_band,
        gap_pairs.gap_days,
        gap_pairs.first_gap_share - 0.5 as deviation
    from band_customers
    inner join gap_pairs on band_customers.customer_id = gap_pairs.customer_id

),

band_moments as (

    -- About one half, the expectation of a split: so they are small and their differences exact.
    select
        rank_band,
        count(deviation) as gap_pairs,
        {{ customer_lifecycle.quantile('gap_days', 0.5) }} as median_gap_days,
        avg(deviation) as moment_1,
        avg(deviation * deviation) as moment_2,
        avg(deviation * deviation * deviation) as moment_3,
        avg(deviation * deviation * deviation * deviation) as moment_4
    from band_gaps
    group by rank_band

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
    from band_moments

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
                    ) <= cast(1 as {{ var('lifecycle_double_type') }}) / 12
        end as is_regular
    from band_splits

),

all_bands as (

    select rank_band from rank_bands
    union all
    select 'ratio_1' as rank_band

),

all_eligible as (

    select count(*) as customers from eligible

),

silence_bands as (

    select
        cast(all_bands.rank_band as {{ dbt.type_string() }}) as rank_band,
        cast(coalesce(band_totals.customers, 0) as bigint) as customers,
        cast(coalesce(band_totals.customers, 0) as {{ var('lifecycle_double_type') }})
        / nullif(all_eligible.customers, 0) as customer_share,
        cast(coalesce(band_totals.net_amount, 0) as decimal(18, 4)) as net_amount,
        coalesce(band_expectations.expected_false_alarms, 0) as expected_false_alarms,
        case
            when band_expectations.expected_false_alarms < band_totals.customers
                then band_expectations.expected_false_alarms / band_totals.customers
            when band_totals.customers > 0 then 1
        end as estimated_false_discovery_rate,
        cast(coalesce(band_regularity.gap_pairs, 0) as bigint) as gap_pairs,
        band_regularity.median_gap_days,
        band_regularity.regularity_k,
        band_regularity.is_regular
    from all_bands
    cross join all_eligible
    left join band_totals on all_bands.rank_band = band_totals.rank_band
    left join band_expectations on all_bands.rank_band = band_expectations.rank_band
    left join band_regularity on all_bands.rank_band = band_regularity.rank_band

)

select * from silence_bands
