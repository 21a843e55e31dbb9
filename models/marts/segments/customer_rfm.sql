with rfm_values as (

    select * from {{ ref('int_lifecycle__rfm_values') }}

),

rfm_cuts as (

    select * from {{ ref('int_lifecycle__rfm_cuts') }}

),

rfm_segments as (

    select * from {{ ref('lifecycle_rfm_segments') }}

),

value_activity_groups as (

    select * from {{ ref('lifecycle_value_activity_groups') }}

),

customer_silence as (

    select * from {{ ref('customer_silence') }}

),

cuts_side_by_side as (

    select
        {% for measure in ['recency', 'frequency', 'monetary'] %}
        {% for cut_number in range(1, 5) %}
        max(
            case
                when measure = '{{ measure }}' and cut_number = {{ cut_number }} then cut_value
            end
        ) as {{ measure }}_cut_{{ cut_number }},
        {% endfor %}
        {% endfor %}
        count(*) as cuts
    from rfm_cuts

),

scored as (

    -- A score counts the cuts below the value: equal values get equal scores. Few days are good.
    select
        rfm_values.*,
        5 - {{ customer_lifecycle.cuts_below('recency_days', 'recency') }} as r_score,
        1 + {{ customer_lifecycle.cuts_below('frequency', 'frequency') }} as f_score,
        1 + {{ customer_lifecycle.cuts_below('monetary', 'monetary') }} as m_score
    from rfm_values
    cross join cuts_side_by_side

),

with_fm_score as (

    select
        *,
        cast(floor((f_score + m_score + 1) / 2.0) as integer) as fm_score
    from scored

),

customer_rfm as (

    select
        with_fm_score.customer_id,
        cast(with_fm_score.r_score as {{ dbt.type_string() }})
        || cast(with_fm_score.f_score as {{ dbt.type_string() }})
        || cast(with_fm_score.m_score as {{ dbt.type_string() }}) as rfm_cell,
        cast(rfm_segments.rfm_segment as {{ dbt.type_string() }}) as rfm_segment,
        cast(value_activity_groups.value_activity_group as {{ dbt.type_string() }})
            as value_activity_group,
        with_fm_score.recency_days,
        with_fm_score.frequency,
        with_fm_score.monetary,
        with_fm_score.average_amount,
        cast(with_fm_score.r_score as integer) as r_score,
        cast(with_fm_score.f_score as integer) as f_score,
        cast(with_fm_score.m_score as integer) as m_score,
        with_fm_score.fm_score
    from with_fm_score
    left join rfm_segments
        on
            with_fm_score.r_score = rfm_segments.r_score
            and with_fm_score.fm_score = rfm_segments.fm_score
    left join customer_silence on with_fm_score.customer_id = customer_silence.customer_id
    left join value_activity_groups
        on
            with_fm_score.m_score = value_activity_groups.m_score
            and customer_silence.silence_status = value_activity_groups.silence_status

)

select * from customer_rfm
