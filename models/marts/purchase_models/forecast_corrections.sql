-- What the forecasts are corrected by: who was expected to come back in the holdout and who did,
-- by how often they had bought and how rare a gap like the open one was.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{%- set double = customer_lifecycle.double_type() %}

with factors as (

    {{ customer_lifecycle.python_rows('int_lifecycle__forecast_factors', {
        'repeat_purchases_from': 'bigint', 'gap_class': 'bigint', 'customers': 'bigint',
        'returned': 'bigint', 'expected_returned': double, 'purchases': 'bigint',
        'expected_purchases': double, 'return_factor': double, 'odds_factor': double,
        'rest_factor': double, 'rate_factor': double,
    }, customer_lifecycle.has_corrections()) }}

),

classes_of_today as (

    select distinct
        {{ customer_lifecycle.repeat_class('repeat_purchases') }} as repeat_purchases_from,
        gap_class
    from {{ ref('int_lifecycle__forecast_states') }}

),

forecast_corrections as (

    select
        cast(factors.repeat_purchases_from as integer) as repeat_purchases_from,
        cast(factors.gap_class as integer) as gap_class,
        factors.customers,
        factors.returned,
        factors.expected_returned,
        factors.purchases,
        factors.expected_purchases,
        factors.return_factor,
        factors.odds_factor,
        factors.rest_factor,
        factors.rate_factor
    from factors
    left join classes_of_today
        on
            factors.repeat_purchases_from = classes_of_today.repeat_purchases_from
            and factors.gap_class = classes_of_today.gap_class
    where factors.customers > 0 or classes_of_today.gap_class is not null

)

select * from forecast_corrections
