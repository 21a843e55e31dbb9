-- How many customers stand in each band of the rank ratio, how many would stand there if nobody had
-- changed, and whether the gaps of those who do are regular enough to trust that number.
{%- set money = var('lifecycle_money_type') %}

with own_silence as (

    select * from {{ ref('int_lifecycle__own_silence') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

band_regularity as (

    select * from {{ ref('int_lifecycle__band_regularity') }}

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
        own_silence.customer_id,
        own_silence.purchase_days,
        own_silence.rank_band,
        own_silence.rank_ratio,
        customers.net_amount
    from own_silence
    inner join customers on own_silence.customer_id = customers.customer_id
    where own_silence.purchase_days >= {{ var('lifecycle_minimum_purchases') }}

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
            else ceil(
                rank_bands.upper_per_mille * eligible_by_purchase_days.purchase_days / 1000.0
            )
        end - greatest(ceil(
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
            cast(customers * ranks as {{ customer_lifecycle.double_type() }}) / purchase_days
        ) as expected_false_alarms
    from band_ranks
    group by rank_band

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
        cast(coalesce(band_totals.customers, 0) as {{ customer_lifecycle.double_type() }})
        / nullif(all_eligible.customers, 0) as customer_share,
        cast(coalesce(band_totals.net_amount, 0) as {{ money }}) as net_amount,
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
