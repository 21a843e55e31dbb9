-- customer_rfm as it was at each period end: values, cuts and segments from what was known by then.
{{ customer_lifecycle.history_config('history') }}

with missing_periods as (

    {{ customer_lifecycle.missing_periods() }}

),

period_history as (

    select period_history.*
    from {{ ref('int_lifecycle__period_history') }} as period_history
    inner join missing_periods on period_history.as_of_date = missing_periods.period_end

),

period_customers as (

    select period_customers.*
    from {{ ref('int_lifecycle__period_customers') }} as period_customers
    inner join missing_periods on period_customers.as_of_date = missing_periods.period_end

),

rfm_values as (

    {{ customer_lifecycle.rfm_values('period_history', 'period_customers') }}

),

rfm_cuts as (

    {{ customer_lifecycle.rfm_cuts('rfm_values') }}

),

rfm_scores as (

    {{ customer_lifecycle.rfm_scores('rfm_values', 'rfm_cuts') }}

),

customer_rfm_history as (

    select
        rfm_scores.customer_id,
        rfm_scores.as_of_date as period_end,
        cast(rfm_scores.rfm_segment as {{ dbt.type_string() }}) as rfm_segment,
        missing_periods.history_version,
        rfm_scores.recency_days,
        rfm_scores.frequency,
        rfm_scores.monetary,
        cast(rfm_scores.r_score as integer) as r_score,
        cast(rfm_scores.f_score as integer) as f_score,
        cast(rfm_scores.m_score as integer) as m_score,
        rfm_scores.fm_score
    from rfm_scores
    inner join missing_periods on rfm_scores.as_of_date = missing_periods.period_end

)

select * from customer_rfm_history
