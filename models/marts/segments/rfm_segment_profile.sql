-- What the customers of each RFM segment are like. Every segment of the seed is a row.
{{ config(enabled=customer_lifecycle.has_room('segments')) }}

with customer_rfm as (

    select * from {{ ref('customer_lifecycle', 'customer_rfm') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

segments as (

    select distinct rfm_segment from {{ ref('lifecycle_rfm_segments') }}

),

all_buyers as (

    select count(*) as customers from customer_rfm

),

profiles as (

    select
        customer_rfm.rfm_segment,
        count(*) as customers,
        sum(customers.net_amount) as net_amount,
        avg(
            cast(customer_rfm.recency_days as {{ customer_lifecycle.double_type() }})
        ) as mean_recency_days,
        avg(
            cast(customer_rfm.frequency as {{ customer_lifecycle.double_type() }})
        ) as mean_frequency,
        {{ customer_lifecycle.rounded_quotient(
            'sum(customer_rfm.monetary)', 'nullif(count(customer_rfm.monetary), 0)'
        ) }} as mean_monetary
    from customer_rfm
    inner join customers on customer_rfm.customer_id = customers.customer_id
    group by customer_rfm.rfm_segment

),

median_recency as (

    {{ customer_lifecycle.quantiles(
        'customer_rfm', 'recency_days', {'recency_days': 0.5}, ['rfm_segment']
    ) }}

),

median_frequency as (

    {{ customer_lifecycle.quantiles(
        'customer_rfm', 'frequency', {'frequency': 0.5}, ['rfm_segment']
    ) }}

),

median_monetary as (

    {{ customer_lifecycle.decimal_median('customer_rfm', 'monetary', 'monetary', ['rfm_segment']) }}

),

rfm_segment_profile as (

    select
        cast(segments.rfm_segment as {{ dbt.type_string() }}) as rfm_segment,
        cast(coalesce(profiles.customers, 0) as bigint) as customers,
        cast(coalesce(profiles.customers, 0) as {{ customer_lifecycle.double_type() }})
        / nullif(all_buyers.customers, 0) as customer_share,
        cast(coalesce(profiles.net_amount, 0) as {{ var('lifecycle_money_type') }}) as net_amount,
        profiles.mean_recency_days,
        median_recency.recency_days as median_recency_days,
        profiles.mean_frequency,
        median_frequency.frequency as median_frequency,
        profiles.mean_monetary,
        median_monetary.monetary as median_monetary
    from segments
    cross join all_buyers
    left join profiles on segments.rfm_segment = profiles.rfm_segment
    left join median_recency on segments.rfm_segment = median_recency.rfm_segment
    left join median_frequency on segments.rfm_segment = median_frequency.rfm_segment
    left join median_monetary on segments.rfm_segment = median_monetary.rfm_segment

)

select * from rfm_segment_profile
