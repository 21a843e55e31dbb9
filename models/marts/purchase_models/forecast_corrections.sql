-- What the forecasts are corrected by: who was expected to come back in the holdout and who did,
-- by how often they had bought and how rare a gap like the open one was.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = var('lifecycle_double_type') %}

with factors as (

    {{ customer_lifecycle.python_rows('int_lifecycle__forecast_factors', {
        'repeat_purchases_from': 'bigint', 'gap_class': 'bigint', 'customers': 'bigint',
        'returned': 'bigint', 'expected_returned': double, 'purchases': 'bigint',
        'expected_purchases': double, 'return_factor': double, 'rate_factor': double,
    }, customer_lifecycle.has_corrections()) }}

),

forecast_corrections as (

    select
        cast(repeat_purchases_from as integer) as repeat_purchases_from,
        cast(gap_class as integer) as gap_class,
        customers,
        returned,
        expected_returned,
        purchases,
        expected_purchases,
        return_factor,
        rate_factor
    from factors
    where customers > 0

)

select * from forecast_corrections
