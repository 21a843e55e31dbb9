-- The state of each customer at each complete period, and the one a period before. Within a period
-- nothing but a purchase changes it, so both follow from the chain of active periods.
{{ customer_lifecycle.history_config('markov') }}

with missing_periods as (

    {{ customer_lifecycle.missing_periods() }}

),

active_periods as (

    select * from {{ ref('int_lifecycle__active_periods') }}

),

by_period as (

    select
        active_periods.*,
        missing_periods.period_end,
        missing_periods.history_version,
        {{ customer_lifecycle.periods_between(
            'active_periods.period_started_on', 'missing_periods.period_started_on'
        ) }} as recency_periods,
        {{ customer_lifecycle.periods_between(
            'active_periods.previous_period_started_on', 'active_periods.period_started_on'
        ) }} as periods_since_previous
    from active_periods
    inner join missing_periods
        on
            active_periods.period_started_on <= missing_periods.period_started_on
            and (
                active_periods.next_period_started_on is null
                or active_periods.next_period_started_on > missing_periods.period_started_on
            )

),

rfm_states as (

    select
        customer_id,
        history_version,
        recency_periods,
        frequency,
        average_amount,
        case
            when recency_periods > 0 then recency_periods - 1
            else periods_since_previous - 1
        end as previous_recency_periods,
        case when recency_periods > 0 then frequency else previous_frequency end
            as previous_frequency,
        case when recency_periods > 0 then average_amount else previous_average_amount end
            as previous_average_amount,
        period_end
    from by_period

)

select * from rfm_states
