{{ config(enabled=customer_lifecycle.has_room('segments')) }}

with rfm_values as (

    select * from {{ ref('int_lifecycle__rfm_values') }}

),

rfm_cuts as (

    select * from {{ ref('int_lifecycle__rfm_cuts') }}

),

value_activity_groups as (

    select * from {{ ref('lifecycle_value_activity_groups') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

rfm_scores as (

    {{ customer_lifecycle.rfm_scores('rfm_values', 'rfm_cuts') }}

),

customer_rfm as (

    select
        rfm_scores.customer_id,
        cast(rfm_scores.r_score as {{ dbt.type_string() }})
        || cast(rfm_scores.f_score as {{ dbt.type_string() }})
        || cast(rfm_scores.m_score as {{ dbt.type_string() }}) as rfm_cell,
        cast(rfm_scores.rfm_segment as {{ dbt.type_string() }}) as rfm_segment,
        cast(value_activity_groups.value_activity_group as {{ dbt.type_string() }})
            as value_activity_group,
        rfm_scores.recency_days,
        rfm_scores.frequency,
        rfm_scores.monetary,
        rfm_scores.average_amount,
        cast(rfm_scores.r_score as integer) as r_score,
        cast(rfm_scores.f_score as integer) as f_score,
        cast(rfm_scores.m_score as integer) as m_score,
        rfm_scores.fm_score
    from rfm_scores
    left join customer_silence on rfm_scores.customer_id = customer_silence.customer_id
    left join value_activity_groups
        on
            rfm_scores.m_score = value_activity_groups.m_score
            and customer_silence.silence_status = value_activity_groups.silence_status

)

select * from customer_rfm
