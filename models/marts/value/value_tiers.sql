{{ config(enabled=customer_lifecycle.has_room('value')) }}

with tiers as (

    select * from {{ ref('lifecycle_value_tiers') }}

),

customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}
    where value_tier is not null

),

totals as (

    select
        cast(count(*) as {{ var('lifecycle_double_type') }}) as customers,
        sum(net_clv_365d) as predicted_value
    from customer_value

),

by_tier as (

    select
        value_tier,
        count(*) as customers,
        sum(historic_value) as historic_value,
        sum(net_clv_365d) as predicted_value,
        min(net_clv_365d) as lowest_predicted_value
    from customer_value
    group by value_tier

),

value_tiers as (

    select
        tiers.value_tier,
        cast(tiers.tier_number as integer) as tier_number,
        cast(coalesce(by_tier.customers, 0) as bigint) as customers,
        coalesce(by_tier.customers, 0) / nullif(totals.customers, 0) as customer_share,
        cast(coalesce(by_tier.historic_value, 0) as decimal(18, 4)) as historic_value,
        cast(coalesce(by_tier.predicted_value, 0) as decimal(18, 4)) as predicted_value,
        -- Of the total net of those who cost more than they bring, so one may be above 1.
        cast(coalesce(by_tier.predicted_value, 0) as {{ var('lifecycle_double_type') }})
        / nullif(cast(totals.predicted_value as {{ var('lifecycle_double_type') }}), 0)
            as share_of_predicted_value,
        cast(by_tier.lowest_predicted_value as decimal(18, 4)) as lowest_predicted_value
    from tiers
    cross join totals
    left join by_tier on tiers.value_tier = by_tier.value_tier

)

select * from value_tiers
