-- There with any choice of rooms: without the room value the amount is all that is known, without
-- markov there is no next period.
{%- set model_weight = var('lifecycle_model_weight') %}
{%- set double = customer_lifecycle.double_type() %}
{%- set has_markov = customer_lifecycle.has_room('markov') %}
{%- set money = var('lifecycle_money_type') %}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

{% if not customer_lifecycle.has_room('value') -%}
customer_value as (

    select
        {{- customer_lifecycle.columns_or_null({
            'customer_id': 'customer_id',
            'historic_amount': 'net_amount',
            'withheld_reason': "'value_off'",
            'next_withheld_reason': "'value_off'",
        }) }}
    from customers

)

{%- else -%}
customer_costs as (

    select * from {{ ref('int_lifecycle__customer_costs') }}

),

customer_purchase_forecast as (

    select * from {{ ref('customer_lifecycle', 'customer_purchase_forecast') }}

),

expected_values as (

    select
        *,
        case
            when net_clv_365d is not null
                then percent_rank() over (
                    partition by net_clv_365d is null
                    order by net_clv_365d
                )
        end as model_percentile
    from {{ ref('int_lifecycle__expected_values') }}

),

next_period as (

    {{ customer_lifecycle.rows_if(has_markov, 'int_lifecycle__next_period', {
        'customer_id': dbt.type_string(), 'contact_cost_branch': dbt.type_string(),
        'next_frequency_literal': double, 'next_frequency_expected': double,
        'next_average_amount_literal': money,
        'next_average_amount_expected': money,
        'next_purchase_amount_expected': money,
        'next_purchase_amount_index': double, 'next_amount': money,
        'next_margin': double, 'next_product_cost': money,
        'next_contact_cost': money, 'next_value': money,
        'next_period_started_on': 'date',
    }) }}

),

value_tiers as (

    select * from {{ ref('int_lifecycle__value_tiers') }}

),

value_quadrants as (

    select * from {{ ref('int_lifecycle__value_quadrants') }}

),

business_scores as (

    select * from {{ ref('int_lifecycle__business_scores') }}

),

customer_value as (

    select
        customers.customer_id,
        case
            when customer_purchase_forecast.customer_id is null then 'has_not_bought'
            when customer_purchase_forecast.withheld_reason is not null
                then customer_purchase_forecast.withheld_reason
            when customer_purchase_forecast.expected_average_amount is null
                then 'no_expected_amount'
        end as withheld_reason,
        case
            when customer_purchase_forecast.customer_id is null then 'has_not_bought'
            {% if not has_markov -%}
            else 'markov_off'
            {%- else -%}
            when next_period.customer_id is null then 'no_complete_period'
            when next_period.next_value is null then 'period_models_not_fitted'
            {%- endif %}
        end as next_withheld_reason,
        customer_costs.cost_basis,
        next_period.contact_cost_branch,
        value_tiers.value_tier,
        value_quadrants.value_quadrant,
        customers.net_amount as historic_amount,
        cast(coalesce(customer_costs.product_cost, 0) as {{ money }}) as historic_product_cost,
        cast(coalesce(customer_costs.contact_cost, 0) as {{ money }}) as historic_contact_cost,
        cast(coalesce(customer_costs.value, 0) as {{ money }}) as historic_value,
        cast(coalesce(customer_costs.value_to_last_active, 0) as {{ money }})
            as historic_value_to_last_active,
        expected_values.clv_365d,
        expected_values.clv_365d_low,
        expected_values.clv_365d_high,
        expected_values.clv_lifetime,
        expected_values.contact_cost_365d,
        expected_values.net_clv_365d,
        expected_values.value_if_alive,
        next_period.next_frequency_literal,
        next_period.next_frequency_expected,
        next_period.next_average_amount_literal,
        next_period.next_average_amount_expected,
        next_period.next_purchase_amount_expected,
        next_period.next_purchase_amount_index,
        next_period.next_amount,
        next_period.next_margin,
        next_period.next_product_cost,
        next_period.next_contact_cost,
        next_period.next_value,
        value_tiers.value_rank,
        expected_values.expected_paid_share,
        expected_values.expected_refund_share,
        expected_values.model_percentile,
        business_scores.business_score,
        {{ model_weight }} * expected_values.model_percentile
        + (1 - {{ model_weight }}) * business_scores.business_score as blended_score,
        next_period.next_period_started_on
    from customers
    left join customer_costs on customers.customer_id = customer_costs.customer_id
    left join customer_purchase_forecast
        on customers.customer_id = customer_purchase_forecast.customer_id
    left join expected_values on customers.customer_id = expected_values.customer_id
    left join next_period on customers.customer_id = next_period.customer_id
    left join value_tiers on customers.customer_id = value_tiers.customer_id
    left join value_quadrants on customers.customer_id = value_quadrants.customer_id
    left join business_scores on customers.customer_id = business_scores.customer_id

)
{%- endif %}

select * from customer_value
