with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

customer_silence as (

    select * from {{ ref('customer_silence') }}

),

customer_rfm as (

    select * from {{ ref('customer_rfm') }}

),

customer_segments as (

    select * from {{ ref('customer_segments') }}

),

customer_lifecycle as (

    select * from {{ ref('customer_lifecycle') }}

),

customer_purchase_forecast as (

    select * from {{ ref('customer_purchase_forecast') }}

),

customer_value as (

    select * from {{ ref('customer_value') }}

),

customer_360 as (

    select
        customers.customer_id,
        customer_lifecycle.lifecycle_stage,
        customer_lifecycle.classical_stage,
        customer_silence.silence_status,
        customer_silence.silence_basis,
        customer_silence.rank_band,
        customer_silence.absence_text,
        customer_rfm.rfm_cell,
        customer_rfm.rfm_segment,
        customer_rfm.value_activity_group,
        customer_segments.loyalty_kind,
        customer_segments.visit_rate_kind,
        customer_value.cost_basis,
        customer_value.value_tier,
        customer_purchase_forecast.withheld_reason as forecast_withheld_reason,
        customer_value.withheld_reason as value_withheld_reason,
        coalesce(customer_silence.purchase_days, 0) as purchase_days,
        customer_silence.days_since_last_purchase,
        customer_lifecycle.tenure_days,
        customer_silence.rank_ratio,
        customer_silence.silence_score,
        customer_silence.silence_probability,
        customer_silence.silence_level,
        customer_rfm.r_score,
        customer_rfm.f_score,
        customer_rfm.m_score,
        customer_purchase_forecast.probability_alive,
        customer_purchase_forecast.expected_purchases_90d,
        customer_purchase_forecast.expected_purchases_365d,
        customer_purchase_forecast.expected_average_amount,
        customer_segments.contribution,
        customer_segments.loyalty,
        customer_value.historic_amount,
        customer_value.historic_value,
        customer_value.clv_365d,
        customer_value.clv_lifetime,
        customer_value.net_clv_365d,
        customer_value.next_value,
        customer_value.value_rank,
        customer_silence.is_eligible,
        customer_lifecycle.is_reactivated,
        as_of.as_of_date,
        customers.registered_on,
        customer_silence.first_purchase_on,
        customer_silence.last_purchase_on,
        customer_purchase_forecast.next_purchase_on
    from customers
    cross join as_of
    left join customer_silence on customers.customer_id = customer_silence.customer_id
    left join customer_rfm on customers.customer_id = customer_rfm.customer_id
    left join customer_segments on customers.customer_id = customer_segments.customer_id
    left join customer_lifecycle on customers.customer_id = customer_lifecycle.customer_id
    left join customer_purchase_forecast
        on customers.customer_id = customer_purchase_forecast.customer_id
    left join customer_value on customers.customer_id = customer_value.customer_id

)

select * from customer_360
