-- What each tier is worth, and what dropout is expected to cost in it. The interval takes the
-- customers of a tier for independent of each other: their variances add up, and the sum is nearly
-- normal. 1.645 standard deviations hold 90 %.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set double = customer_lifecycle.double_type() %}
{%- set money = var('lifecycle_money_type') %}

with tiers as (

    select * from {{ ref('lifecycle_value_tiers') }}

),

customer_tiers as (

    select * from {{ ref('int_lifecycle__value_tiers') }}

),

expected_values as (

    select * from {{ ref('int_lifecycle__expected_values') }}

),

customer_costs as (

    select * from {{ ref('int_lifecycle__customer_costs') }}

),

by_tier as (

    select
        customer_tiers.value_tier,
        count(*) as customers,
        sum(customer_costs.value) as historic_value,
        sum(expected_values.net_clv_365d) as predicted_value,
        min(expected_values.net_clv_365d) as lowest_predicted_value,
        sum(expected_values.value_if_alive) as value_if_alive,
        sum(expected_values.value_if_alive - expected_values.clv_365d) as expected_loss,
        sqrt(sum(cast(
            expected_values.lost_value_variance as {{ customer_lifecycle.decimal_type(38, 4) }}
        ))) as standard_deviation
    from customer_tiers
    inner join expected_values on customer_tiers.customer_id = expected_values.customer_id
    inner join customer_costs on customer_tiers.customer_id = customer_costs.customer_id
    group by customer_tiers.value_tier

),

totals as (

    select
        cast(sum(customers) as {{ double }}) as customers,
        sum(predicted_value) as predicted_value
    from by_tier

),

with_bounds as (

    select
        tiers.value_tier,
        tiers.tier_number,
        coalesce(by_tier.customers, 0) as customers,
        coalesce(by_tier.historic_value, 0) as historic_value,
        coalesce(by_tier.predicted_value, 0) as predicted_value,
        by_tier.lowest_predicted_value,
        coalesce(by_tier.value_if_alive, 0) as value_if_alive,
        coalesce(by_tier.expected_loss, 0) as expected_loss,
        cast(coalesce(by_tier.expected_loss, 0) as {{ double }})
        - 1.645 * coalesce(by_tier.standard_deviation, 0) as low,
        cast(coalesce(by_tier.expected_loss, 0) as {{ double }})
        + 1.645 * coalesce(by_tier.standard_deviation, 0) as high
    from tiers
    left join by_tier on tiers.value_tier = by_tier.value_tier

),

value_tiers as (

    -- What is lost cannot be less than nothing, but of customers who buy below cost it is a gain.
    -- Bounds come by way of doubles, which do not hold the last digits of large sums.
    select
        with_bounds.value_tier,
        cast(with_bounds.tier_number as integer) as tier_number,
        cast(with_bounds.customers as bigint) as customers,
        with_bounds.customers / nullif(totals.customers, 0) as customer_share,
        cast(with_bounds.historic_value as {{ money }}) as historic_value,
        cast(with_bounds.predicted_value as {{ money }}) as predicted_value,
        -- Of the total net of those who cost more than they bring, so one may be above 1.
        cast(with_bounds.predicted_value as {{ double }})
        / nullif(cast(totals.predicted_value as {{ double }}), 0) as share_of_predicted_value,
        cast(with_bounds.lowest_predicted_value as {{ money }}) as lowest_predicted_value,
        cast(with_bounds.value_if_alive as {{ money }}) as value_if_alive,
        cast(with_bounds.expected_loss as {{ money }}) as expected_loss,
        cast(least(
            cast(
                case
                    when with_bounds.expected_loss < 0 then with_bounds.low
                    else greatest(with_bounds.low, 0)
                end as {{ money }}
            ), with_bounds.expected_loss
        ) as {{ money }}) as expected_loss_low,
        cast(greatest(
            cast(with_bounds.high as {{ money }}), with_bounds.expected_loss
        ) as {{ money }}) as expected_loss_high
    from with_bounds
    cross join totals

)

select * from value_tiers
