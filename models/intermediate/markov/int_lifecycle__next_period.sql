-- The ledger of the next period as it is expected: amount, product cost by the margin of late,
-- contact cost by what contacts have cost. Which reading the amount follows is a var.
{{ config(enabled=customer_lifecycle.has_room('markov')) }}
{%- set double = customer_lifecycle.double_type() %}
{%- set money = var('lifecycle_money_type') %}
{%- set reading = var('lifecycle_next_purchase_reading') %}

with next_purchases as (

    select * from {{ ref('int_lifecycle__next_purchases') }}

),

customer_costs as (

    select * from {{ ref('int_lifecycle__customer_costs') }}

),

shop as (

    {{ customer_lifecycle.shop_margin('customer_costs') }}

),

forecasts as (

    select
        next_purchases.*,
        customer_costs.past_amount,
        customer_costs.past_contact_cost,
        customer_costs.smallest_contact_cost,
        cast(
            next_purchases.next_frequency_{{ reading }}
            * next_purchases.next_average_amount_{{ reading }} as {{ money }}
        ) as next_amount,
        -- Of somebody who has never paid, that of the shop is all there is to go by.
        coalesce(cast(customer_costs.last_margin as {{ double }}), shop.margin) as last_margin,
        {% if var('lifecycle_margin_drift') == 'own' -%}
        customer_costs.margin_slope * next_purchases.recency_periods / 2
        {%- else -%}
        cast(0 as {{ double }})
        {%- endif %} as margin_drift
    from next_purchases
    inner join customer_costs on next_purchases.customer_id = customer_costs.customer_id
    cross join shop

),

with_margin as (

    select
        *,
        greatest(least(last_margin * (1 + margin_drift), 1), -1) as next_margin,
        -- Doubles on every warehouse: some divide decimals in floating point, others exactly.
        cast(
            cast(next_amount as {{ double }}) * past_contact_cost
            / nullif(cast(past_amount as {{ double }}), 0) as {{ money }}
        ) as contact_cost_by_rate
    from forecasts

),

with_branch as (

    select
        *,
        {{ customer_lifecycle.contact_cost_branch('next_amount', 'contact_cost_by_rate') }}
            as contact_cost_branch
    from with_margin

),

with_costs as (

    select
        *,
        cast(next_amount * (1 - next_margin) as {{ money }}) as next_product_cost,
        cast(
            {{ customer_lifecycle.contact_cost('contact_cost_branch', 'contact_cost_by_rate') }}
            as {{ money }}
        ) as next_contact_cost
    from with_branch

),

next_period as (

    select
        customer_id,
        contact_cost_branch,
        recency_periods,
        next_frequency_literal,
        next_frequency_expected,
        cast(next_average_amount_literal as {{ money }}) as next_average_amount_literal,
        cast(next_average_amount_expected as {{ money }}) as next_average_amount_expected,
        cast(next_frequency_expected * next_average_amount_expected as {{ money }})
            as next_purchase_amount_expected,
        next_purchase_amount_index,
        next_amount,
        next_margin,
        next_product_cost,
        next_contact_cost,
        cast(next_amount - next_product_cost - next_contact_cost as {{ money }}) as next_value,
        next_period_started_on
    from with_costs

)

select * from next_period
