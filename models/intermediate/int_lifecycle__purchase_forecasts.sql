-- Expected purchases for each distinct state (x, t_x, T), from the fit of all customers or of one
-- segment; empty when no models are fitted.
with purchase_forecasts as (

    {% if var('lifecycle_purchase_models') is not false -%}
    select * from {{ ref('int_lifecycle__state_forecasts') }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as model_segment,
        cast(null as bigint) as repeat_purchases,
        cast(null as bigint) as recency_days,
        cast(null as bigint) as age_days,
        {%- for statistic in [
            'probability_alive', 'expected_purchases_30d', 'expected_purchases_90d',
            'expected_purchases_365d', 'discounted_purchases_365d',
            'discounted_purchases_lifetime', 'purchases_365d_if_no_dropout',
            'discounted_purchases_365d_if_no_dropout', 'probability_purchase_90d',
            'lost_purchases_365d_variance'
        ] %}
        cast(null as {{ var('lifecycle_double_type') }}) as {{ statistic }},
        {%- endfor %}
        cast(null as bigint) as purchases_365d_low,
        cast(null as bigint) as purchases_365d_high
    where false
    {%- endif %}

)

select * from purchase_forecasts
