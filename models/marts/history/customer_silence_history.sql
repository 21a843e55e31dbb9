-- customer_silence as it was at each period end, from what was known by then: gaps, thresholds and
-- purchase model included.
{{ customer_lifecycle.history_config('history', of_fits=true) }}

with missing_periods as (

    {{ customer_lifecycle.missing_periods() }}

),

period_history as (

    select period_history.*
    from {{ ref('int_lifecycle__period_history') }} as period_history
    inner join missing_periods on period_history.as_of_date = missing_periods.period_end

),

period_parameters as (

    select * from {{ ref('int_lifecycle__period_parameters') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

own_silence as (

    {{ customer_lifecycle.own_silence('period_history') }}

),

pooled_silence as (

    {{ customer_lifecycle.pooled_silence('own_silence', 'period_parameters') }}

),

silence_status as (

    {{ customer_lifecycle.silence_status('pooled_silence', 'thresholds') }}

),

customer_silence_history as (

    select
        customer_id,
        as_of_date as period_end,
        cast(rank_band as {{ dbt.type_string() }}) as rank_band,
        silence_basis,
        silence_status,
        history_version,
        purchase_days,
        days_since_last_purchase,
        cast(max_gap_days as integer) as max_gap_days,
        cast(days_first_to_last as {{ customer_lifecycle.double_type() }})
        / nullif(purchase_days - 1, 0) as mean_gap_days,
        rank_max,
        rank_min,
        rank_ratio,
        silence_score,
        silence_probability,
        cast(silence_level as integer) as silence_level
    from silence_status

)

select * from customer_silence_history
