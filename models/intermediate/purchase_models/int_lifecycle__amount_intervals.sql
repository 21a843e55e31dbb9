-- Bounds of the amount in the next 365 days for each distinct state (x, t_x, T), class of the
-- open gap and number of spend days, in units of k + the amount on those days; empty when no models
-- are fitted.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with amount_intervals as (

    {{ customer_lifecycle.python_rows('int_lifecycle__value_intervals', {
        'model_segment': dbt.type_string(), 'spend_segment': dbt.type_string(),
        'repeat_purchases': 'bigint', 'recency_days': 'bigint', 'age_days': 'bigint',
        'gap_class': 'bigint', 'spend_days': 'bigint', 'amount_ratio_low': customer_lifecycle.double_type(),
        'amount_ratio_high': customer_lifecycle.double_type(),
    }) }}

)

select * from amount_intervals
