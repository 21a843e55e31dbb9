-- int_lifecycle__rfm_cuts as they were at each period end.
{{ customer_lifecycle.history_config('history', 'as_of_date') }}

with missing_periods as (

    {{ customer_lifecycle.missing_periods('as_of_date') }}

),

period_history as (

    select
        period_history.*,
        {{ customer_lifecycle.rfm_columns('period_history', 'period_history') }}
    from {{ ref('int_lifecycle__period_history') }} as period_history

),

missing_values as (

    select period_history.*
    from period_history
    inner join missing_periods on period_history.as_of_date = missing_periods.period_end

),

rfm_cuts as (

    {{ customer_lifecycle.rfm_cuts('missing_values') }}

),

period_rfm_cuts as (

    select
        rfm_cuts.*,
        missing_periods.history_version
    from rfm_cuts
    inner join missing_periods on rfm_cuts.as_of_date = missing_periods.period_end

)

select * from period_rfm_cuts
