-- The rank and the tier of each customer with a forecast, by what they bring in the next 365 days
-- less contact cost. Who costs more than they bring in that year is in a tier of their own.
{{ config(enabled=customer_lifecycle.has_room('value')) }}

with expected_values as (

    select * from {{ ref('int_lifecycle__expected_values') }}
    where clv_365d is not null

),

customer_costs as (

    select * from {{ ref('int_lifecycle__customer_costs') }}

),

tiers as (

    select
        value_tier,
        tier_number,
        customer_share,
        sum(customer_share) over (order by tier_number rows unbounded preceding) as share_up_to_here
    from {{ ref('lifecycle_value_tiers') }}

),

ranked as (

    -- Equal values are in the same tier, that of the first of them; ranks have no ties.
    select
        expected_values.customer_id,
        expected_values.net_clv_365d < 0 as is_negative,
        row_number() over (
            order by
                expected_values.net_clv_365d desc,
                customer_costs.value desc,
                expected_values.customer_id asc
        ) as value_rank,
        cast(
            rank() over (order by expected_values.net_clv_365d desc) - 1
            as {{ customer_lifecycle.double_type() }}
        ) / count(*) over () as share_above
    from expected_values
    inner join customer_costs on expected_values.customer_id = customer_costs.customer_id

),

value_tiers as (

    select
        ranked.customer_id,
        tiers.value_tier,
        tiers.tier_number,
        cast(ranked.value_rank as integer) as value_rank
    from ranked
    inner join tiers
        on
            (ranked.is_negative and tiers.customer_share is null)
            or (
                not ranked.is_negative
                and tiers.customer_share is not null
                and tiers.share_up_to_here - tiers.customer_share <= ranked.share_above
                and ranked.share_above < tiers.share_up_to_here
            )

)

select * from value_tiers
