-- Bounds of the amount in the next 365 days for each distinct state (x, t_x, T) and its paid repeat
-- days, in units of k + the amount on those days; empty when no models are fitted.
with amount_intervals as (

    {% if var('lifecycle_purchase_models') is not false -%}
    select * from {{ ref('int_lifecycle__value_intervals') }}
    {%- else -%}
    select
        cast(null as bigint) as repeat_purchases,
        cast(null as bigint) as recency_days,
        cast(null as bigint) as age_days,
        cast(null as bigint) as paid_repeat_days,
        cast(null as {{ var('lifecycle_double_type') }}) as amount_ratio_low,
        cast(null as {{ var('lifecycle_double_type') }}) as amount_ratio_high
    where false
    {%- endif %}

)

select * from amount_intervals
