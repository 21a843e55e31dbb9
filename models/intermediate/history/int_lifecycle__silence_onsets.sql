-- Customers who could fall silent in a period (level 0 to 3 when it began) and whether they did.
-- Whoever has no level at one of its two ends is in neither group.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}
{%- set onset_level = 4 %}

with customer_silence_history as (

    select
        customer_id,
        period_end,
        silence_level
    from {{ ref('customer_lifecycle', 'customer_silence_history') }}

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

),

silence_onsets as (

    select
        at_end.customer_id,
        at_end.period_end,
        periods_before.period_end as signal_period_end,
        periods_before.period_started_on as signal_period_started_on,
        at_end.silence_level >= {{ onset_level }} as is_onset
    from history_periods
    inner join history_periods as periods_before
        on history_periods.previous_period_end = periods_before.period_end
    inner join customer_silence_history as at_end
        on history_periods.period_end = at_end.period_end
    inner join customer_silence_history as at_start
        on
            history_periods.previous_period_end = at_start.period_end
            and at_end.customer_id = at_start.customer_id
    where at_start.silence_level < {{ onset_level }} and at_end.silence_level is not null

)

select * from silence_onsets
