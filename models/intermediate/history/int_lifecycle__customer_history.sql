-- What customer_silence, customer_rfm and customer_lifecycle would have said of each customer at
-- each period end, from what was known by then: gaps, thresholds, cuts and purchase model included.
-- One pass over int_lifecycle__period_customers.
{{ customer_lifecycle.history_config('history', of_fits=true) }}
{%- set has_bought = 'purchase_days is not null' %}

with missing_periods as (

    {{ customer_lifecycle.missing_periods() }}

),

period_customers as (

    select
        period_customers.*,
        {{ customer_lifecycle.rfm_columns('period_customers', 'period_customers') }}
    from {{ ref('int_lifecycle__period_customers') }} as period_customers
    inner join missing_periods on period_customers.as_of_date = missing_periods.period_end

),

period_parameters as (

    select * from {{ ref('int_lifecycle__period_parameters') }}

),

period_rfm_cuts as (

    select * from {{ ref('int_lifecycle__period_rfm_cuts') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

own_silence as (

    {{ customer_lifecycle.own_silence('period_customers') }}

),

pooled_silence as (

    {{ customer_lifecycle.pooled_silence('own_silence', 'period_parameters') }}

),

silence_status as (

    {{ customer_lifecycle.silence_status('pooled_silence', 'thresholds') }}

),

lifecycle_stages as (

    {{ customer_lifecycle.lifecycle_stages('silence_status', 'thresholds') }}

),

rfm_scores as (

    {{ customer_lifecycle.rfm_scores('lifecycle_stages', 'period_rfm_cuts') }}

),

customer_history as (

    select
        customer_id,
        history_version,
        lifecycle_stage,
        net_amount,
        purchase_days,
        days_since_last_purchase,
        max_gap_days,
        cast(days_first_to_last as {{ customer_lifecycle.double_type() }})
        / nullif(purchase_days - 1, 0) as mean_gap_days,
        rank_max,
        rank_min,
        rank_ratio,
        cast(rank_band as {{ dbt.type_string() }}) as rank_band,
        silence_score,
        silence_probability,
        cast(silence_level as integer) as silence_level,
        case when {{ has_bought }} then silence_basis end as silence_basis,
        case when {{ has_bought }} then silence_status end as silence_status,
        recency_days,
        frequency,
        monetary,
        case when {{ has_bought }} then cast(r_score as integer) end as r_score,
        case when {{ has_bought }} then cast(f_score as integer) end as f_score,
        case when {{ has_bought }} then cast(m_score as integer) end as m_score,
        case when {{ has_bought }} then fm_score end as fm_score,
        case when {{ has_bought }} then cast(rfm_segment as {{ dbt.type_string() }}) end
            as rfm_segment,
        as_of_date as period_end
    from rfm_scores

)

select * from customer_history
