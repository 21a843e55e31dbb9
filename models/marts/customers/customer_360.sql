{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set money = var('lifecycle_money_type') %}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

order_totals as (

    select * from {{ ref('int_lifecycle__order_totals') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

customer_value as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

customer_rfm as (

    {{ customer_lifecycle.rows_if(customer_lifecycle.has_room('segments'), 'customer_rfm', {
        'customer_id': text, 'rfm_cell': text, 'rfm_segment': text,
        'r_score': 'integer', 'f_score': 'integer', 'm_score': 'integer',
    }) }}

),

customer_segments as (

    {{ customer_lifecycle.rows_if(customer_lifecycle.has_room('segments'), 'customer_segments', {
        'customer_id': text, 'contribution': money, 'attendance': double,
    }) }}

),

customer_lifecycle as (

    {{ customer_lifecycle.rows_if(customer_lifecycle.has_room('lifecycle'), 'customer_lifecycle', {
        'customer_id': text, 'lifecycle_stage': text, 'is_reactivated': 'boolean',
    }) }}

),

customer_purchase_forecast as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('purchase_models'), 'customer_purchase_forecast',
        {
            'customer_id': text, 'withheld_reason': text, 'forecast_caution': text,
            'probability_alive_withheld_reason': text, 'next_purchase_withheld_reason': text,
            'probability_alive': double, 'expected_purchases_90d': double,
            'expected_purchases_365d': double, 'expected_average_amount': money,
            'next_purchase_on': 'date',
        }
    ) }}

),

known_by_registration as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('customers'), 'stg_lifecycle__customers',
        {
            'customer_id': text, 'region': text, 'acquisition_channel': text, 'status': text,
            'marketing_consent': 'boolean', 'birth_date': customer_lifecycle.moment_type(),
            'registered_on': 'date',
        }
    ) }}

),

registered as (

    select
        known_by_registration.*,
        cast(extract(year from known_by_registration.birth_date) as integer) as birth_year
    from known_by_registration
    inner join as_of on known_by_registration.registered_on <= as_of.as_of_date

),

customer_360 as (

    select
        customers.customer_id,
        customer_lifecycle.lifecycle_stage,
        customer_silence.silence_status,
        customer_rfm.rfm_segment,
        customer_value.value_tier,
        customer_silence.silence_basis,
        customer_silence.rank_band,
        customer_silence.absence_text,
        customer_rfm.rfm_cell,
        customer_value.cost_basis,
        order_totals.last_order_channel,
        registered.acquisition_channel,
        registered.region,
        registered.status,
        customer_purchase_forecast.probability_alive_withheld_reason,
        customer_purchase_forecast.next_purchase_withheld_reason,
        {% if customer_lifecycle.has_room('purchase_models') -%}
        customer_purchase_forecast.withheld_reason as forecast_withheld_reason,
        {%- else -%}
        cast(
            case when customer_silence.purchase_days > 0 then 'purchase_models_off' end as {{ text }}
        ) as forecast_withheld_reason,
        {%- endif %}
        customer_value.withheld_reason as value_withheld_reason,
        customer_purchase_forecast.forecast_caution,
        coalesce(order_totals.orders, 0) as orders,
        coalesce(customer_silence.purchase_days, 0) as purchase_days,
        customer_silence.days_since_last_purchase,
        {{ customer_lifecycle.days_between('customers.known_since', 'as_of.as_of_date') }}
            as tenure_days,
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
        customer_segments.attendance,
        order_totals.average_order_value,
        order_totals.first_order_amount,
        order_totals.last_order_amount,
        cast(coalesce(order_totals.refunded_amount, 0) as {{ money }}) as refunded_amount,
        customer_value.historic_amount,
        customer_value.historic_value,
        customer_value.clv_365d,
        customer_value.clv_lifetime,
        customer_value.net_clv_365d,
        customer_value.next_value,
        customer_value.value_rank,
        registered.birth_year,
        customer_silence.is_eligible,
        customer_lifecycle.is_reactivated,
        registered.marketing_consent,
        as_of.as_of_date,
        customers.registered_on,
        customer_silence.first_purchase_on,
        customer_silence.last_purchase_on,
        customer_purchase_forecast.next_purchase_on
    from customers
    cross join as_of
    left join order_totals on customers.customer_id = order_totals.customer_id
    left join customer_silence on customers.customer_id = customer_silence.customer_id
    left join customer_rfm on customers.customer_id = customer_rfm.customer_id
    left join customer_segments on customers.customer_id = customer_segments.customer_id
    left join customer_lifecycle on customers.customer_id = customer_lifecycle.customer_id
    left join customer_purchase_forecast
        on customers.customer_id = customer_purchase_forecast.customer_id
    left join customer_value on customers.customer_id = customer_value.customer_id
    left join registered on customers.customer_id = registered.customer_id

)

select * from customer_360
