-- What each customer is expected to bring in the next 365 days and for good, after product cost,
-- and what contacts cost meanwhile. Future money is discounted.
{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set double = customer_lifecycle.double_type() %}
{%- set money = var('lifecycle_money_type') %}
{%- set annual_rate = customer_lifecycle.number_or_zero('lifecycle_annual_discount_rate') %}
{%- set periods_per_year = customer_lifecycle.periods_per_year() %}
{%- set months = [] %}
{%- for month in range(1, 13) %}
{%- do months.append((1 + annual_rate) ** (-month / 12)) %}
{%- endfor %}

with customer_purchase_forecast as (

    select * from {{ ref('customer_lifecycle', 'customer_purchase_forecast') }}

),

customer_costs as (

    select * from {{ ref('int_lifecycle__customer_costs') }}

),

kept_shares as (

    select * from {{ ref('int_lifecycle__kept_shares') }}

),

shop as (

    {{ customer_lifecycle.shop_margin('customer_costs') }}

),

with_margin as (

    -- The customer's own margin over all time; of somebody whose orders come to nothing, the
    -- shop's.
    select
        customer_purchase_forecast.*,
        customer_costs.past_amount,
        customer_costs.past_contact_cost,
        customer_costs.smallest_contact_cost,
        kept_shares.expected_paid_share,
        kept_shares.expected_refund_share,
        -- What a purchase day brings: some are free, and some of the amount comes back.
        cast(customer_purchase_forecast.expected_average_amount as {{ double }})
        * kept_shares.expected_paid_share
        * (1 - kept_shares.expected_refund_share) as kept_amount,
        greatest(least(
            case
                when customer_costs.amount > 0
                    then
                        cast(customer_costs.amount - customer_costs.product_cost as {{ double }})
                        / cast(customer_costs.amount as {{ double }})
                else shop.margin
            end, 1
        ), -1) as margin
    from customer_purchase_forecast
    inner join customer_costs
        on customer_purchase_forecast.customer_id = customer_costs.customer_id
    inner join kept_shares
        on customer_purchase_forecast.customer_id = kept_shares.customer_id
    cross join shop

),

in_money as (

    select
        *,
        kept_amount * margin as margin_per_purchase,
        expected_paid_share * (1 - expected_refund_share) as kept_share,
        coalesce(discounted_purchases_365d / nullif(expected_purchases_365d, 0), 1) as discount,
        expected_purchases_365d * kept_amount / {{ periods_per_year }} as amount_per_period
    from with_margin

),

with_contact_rate as (

    select
        *,
        amount_per_period * cast(past_contact_cost as {{ double }})
        / nullif(cast(past_amount as {{ double }}), 0) as contact_cost_by_rate
    from in_money

),

with_contact_branch as (

    -- The rule of the next period, for a period of the year to come on average.
    select
        *,
        {{ customer_lifecycle.contact_cost_branch('amount_per_period', 'contact_cost_by_rate') }}
            as contact_cost_branch
    from with_contact_rate

),

expected_values as (

    select
        customer_id,
        margin,
        expected_paid_share,
        expected_refund_share,
        cast(discounted_purchases_365d * margin_per_purchase as {{ money }}) as clv_365d,
        -- A negative margin turns the interval around.
        cast(discount * margin * kept_share * case
            when margin < 0 then amount_365d_high
            else amount_365d_low
        end as {{ money }}) as clv_365d_low,
        cast(discount * margin * kept_share * case
            when margin < 0 then amount_365d_low
            else amount_365d_high
        end as {{ money }}) as clv_365d_high,
        cast(discounted_purchases_lifetime * margin_per_purchase as {{ money }}) as clv_lifetime,
        cast(discounted_purchases_365d_if_no_dropout * margin_per_purchase as {{ money }})
            as value_if_alive,
        lost_purchases_365d_variance * margin_per_purchase * margin_per_purchase
        * discount * discount as lost_value_variance,
        cast(
            {{ customer_lifecycle.contact_cost('contact_cost_branch', 'contact_cost_by_rate') }}
            * {{ periods_per_year * months | sum / 12 }} as {{ money }}
        ) as contact_cost_365d
    from with_contact_branch

),

with_net_value as (

    select
        *,
        cast(clv_365d - contact_cost_365d as {{ money }}) as net_clv_365d
    from expected_values

)

select * from with_net_value
