-- The interval takes the customers of a tier for independent of each other: their variances add up,
-- and the sum is nearly normal. 1.645 standard deviations hold 90 %.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set double = var('lifecycle_double_type') %}

with tiers as (

    select * from {{ ref('lifecycle_value_tiers') }}

),

value_tiers as (

    select * from {{ ref('int_lifecycle__value_tiers') }}

),

expected_values as (

    select * from {{ ref('int_lifecycle__expected_values') }}

),

by_tier as (

    select
        value_tiers.value_tier,
        count(*) as customers,
        sum(expected_values.value_if_alive) as value_if_alive,
        sum(expected_values.value_if_alive - expected_values.clv_365d) as expected_loss,
        sqrt(sum(cast(expected_values.lost_value_variance as decimal(38, 4)))) as standard_deviation
    from value_tiers
    inner join expected_values on value_tiers.customer_id = expected_values.customer_id
    group by value_tiers.value_tier

),

with_bounds as (

    select
        tiers.value_tier,
        tiers.tier_number,
        coalesce(by_tier.customers, 0) as customers,
        coalesce(by_tier.value_if_alive, 0) as value_if_alive,
        coalesce(by_tier.expected_loss, 0) as expected_loss,
        cast(coalesce(by_tier.expected_loss, 0) as {{ double }})
        - 1.645 * coalesce(by_tier.standard_deviation, 0) as low,
        cast(coalesce(by_tier.expected_loss, 0) as {{ double }})
        + 1.645 * coalesce(by_tier.standard_deviation, 0) as high
    from tiers
    left join by_tier on tiers.value_tier = by_tier.value_tier

),

vip_loss_exposure as (

    -- What is lost cannot be less than nothing, but of customers who buy below cost it is a gain.
    select
        value_tier,
        cast(tier_number as integer) as tier_number,
        cast(customers as bigint) as customers,
        cast(value_if_alive as decimal(18, 4)) as value_if_alive,
        cast(expected_loss as decimal(18, 4)) as expected_loss,
        cast(
            case when expected_loss < 0 then low else greatest(low, 0) end as decimal(18, 4)
        ) as expected_loss_low,
        cast(high as decimal(18, 4)) as expected_loss_high
    from with_bounds

)

select * from vip_loss_exposure
