-- Number, mean and variance of each signal among those who fell silent and those who stayed.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set signals = [
    'mean_gap_change', 'mean_amount_change', 'purchases_change', 'discount_share', 'channel_change',
] %}

with onset_signals as (

    select * from {{ ref('int_lifecycle__onset_signals') }}

),

group_statistics as (

    {% for signal in signals -%}
    select
        '{{ signal }}' as signal,
        count(case when is_onset then {{ signal }} end) as customers_onset,
        avg(case when is_onset then {{ signal }} end) as mean_onset,
        var_samp(case when is_onset then {{ signal }} end) as variance_onset,
        count(case when not is_onset then {{ signal }} end) as customers_stay,
        avg(case when not is_onset then {{ signal }} end) as mean_stay,
        var_samp(case when not is_onset then {{ signal }} end) as variance_stay
    from onset_signals
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

onset_signal_groups as (

    select
        signal,
        cast(customers_onset as bigint) as customers_onset,
        mean_onset,
        -- Equal shares of different amounts differ in the last digit; that is no variance.
        case when variance_onset < 1e-20 then 0 else variance_onset end as variance_onset,
        cast(customers_stay as bigint) as customers_stay,
        mean_stay,
        case when variance_stay < 1e-20 then 0 else variance_stay end as variance_stay
    from group_statistics

)

select * from onset_signal_groups
