-- customer_lifecycle as it was at each period end, from what was known by then.
{{ customer_lifecycle.history_config('history') }}

with missing_periods as (

    {{ customer_lifecycle.missing_periods() }}

),

period_customers as (

    select period_customers.*
    from {{ ref('int_lifecycle__period_customers') }} as period_customers
    inner join missing_periods on period_customers.as_of_date = missing_periods.period_end

),

period_history as (

    select period_history.*
    from {{ ref('int_lifecycle__period_history') }} as period_history
    inner join missing_periods on period_history.as_of_date = missing_periods.period_end

),

customer_silence_history as (

    select
        silence_history.customer_id,
        silence_history.silence_basis,
        silence_history.silence_status,
        silence_history.period_end as as_of_date
    from {{ ref('customer_lifecycle', 'customer_silence_history') }} as silence_history
    inner join missing_periods on silence_history.period_end = missing_periods.period_end

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

stages as (

    {{ customer_lifecycle.lifecycle_stages(
        'period_customers', 'period_history', 'customer_silence_history', 'thresholds'
    ) }}

),

customer_lifecycle_history as (

    select
        stages.customer_id,
        stages.as_of_date as period_end,
        stages.lifecycle_stage,
        missing_periods.history_version,
        stages.net_amount
    from stages
    inner join missing_periods on stages.as_of_date = missing_periods.period_end

)

select * from customer_lifecycle_history
