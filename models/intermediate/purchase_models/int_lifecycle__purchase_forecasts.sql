-- Expected purchases for each distinct state (x, t_x, T) and class of the open gap, from
-- the fit of all customers or of one segment; empty when no models are fitted.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = customer_lifecycle.double_type() %}

with purchase_forecasts as (

    {{ customer_lifecycle.python_rows('int_lifecycle__state_forecasts', {
        'model_segment': dbt.type_string(), 'repeat_purchases': 'bigint', 'recency_days': 'bigint',
        'age_days': 'bigint', 'gap_class': 'bigint',
        'probability_alive': double, 'expected_purchases_30d': double,
        'expected_purchases_90d': double, 'expected_purchases_365d': double,
        'discounted_purchases_365d': double, 'discounted_purchases_lifetime': double,
        'purchases_365d_if_no_dropout': double, 'discounted_purchases_365d_if_no_dropout': double,
        'probability_purchase_90d': double, 'lost_purchases_365d_variance': double,
        'purchases_365d_low': 'bigint', 'purchases_365d_high': 'bigint',
    }) }}

)

select * from purchase_forecasts
