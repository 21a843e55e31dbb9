-- What shows before a customer falls silent: those who did against those who stayed, with as many
-- purchase days, in the period before.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with signals as (

    select * from {{ ref('lifecycle_onset_signals') }}

),

onset_signal_groups as (

    select * from {{ ref('int_lifecycle__onset_signal_groups') }}

),

onset_p_values as (

    select * from {{ ref('int_lifecycle__onset_p_values') }}

),

silence_onset_signals as (

    select
        signals.signal,
        signals.meaning,
        cast(signals.signal_number as integer) as signal_number,
        onset_signal_groups.mean_onset,
        onset_signal_groups.mean_stay,
        onset_signal_groups.mean_of_all_who_stayed,
        (onset_signal_groups.mean_onset - onset_signal_groups.mean_stay) / nullif(
            sqrt((onset_signal_groups.variance_onset + onset_signal_groups.variance_stay) / 2), 0
        ) as standardised_difference,
        onset_p_values.p_value,
        onset_signal_groups.customers_onset,
        onset_signal_groups.customers_compared,
        onset_signal_groups.customers_stay,
        signals.has_built_in_difference
    from signals
    inner join onset_signal_groups on signals.signal = onset_signal_groups.signal
    left join onset_p_values on signals.signal = onset_p_values.signal

)

select * from silence_onset_signals
