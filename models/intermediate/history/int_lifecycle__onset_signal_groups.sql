-- Each signal among those who fell silent and among those who stayed, these counted as if they had
-- as many purchase days: what differs between customers who buy often and seldom is no sign of
-- silence. One pass over the customers, side by side, and then a row per signal.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set double = customer_lifecycle.double_type() %}
{%- set signals = [
    'mean_gap_change', 'mean_amount_change', 'purchases_change', 'discount_share', 'channel_change',
] %}
{%- set groups = {'onset': 'is_onset', 'stay': 'not is_onset'} %}

with all_signals as (

    select signal from {{ ref('lifecycle_onset_signals') }}

),

onset_signals as (

    select * from {{ ref('int_lifecycle__onset_signals') }}

),

side_by_side as (

    select
        purchase_days_from,
        {% for signal in signals -%}
        {% for group, condition in groups.items() -%}
        {% set value = 'case when ' ~ condition ~ ' then ' ~ signal ~ ' end' -%}
        cast(count({{ value }}) as {{ double }}) as {{ signal }}_{{ group }},
        avg({{ value }}) as {{ signal }}_mean_{{ group }},
        var_samp({{ value }}) as {{ signal }}_variance_{{ group }},
        {% endfor -%}
        {% endfor -%}
        count(*) as customers
    from onset_signals
    group by purchase_days_from

),

classes as (

    {% for signal in signals -%}
    select
        purchase_days_from,
        '{{ signal }}' as signal,
        {% for group in groups -%}
        {{ signal }}_{{ group }} as {{ group }},
        {{ signal }}_mean_{{ group }} as mean_{{ group }},
        coalesce({{ signal }}_variance_{{ group }}, 0) as variance_{{ group }},
        {% endfor -%}
        case when {{ signal }}_stay > 0 then {{ signal }}_onset else 0 end as compared
    from side_by_side
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

signal_totals as (

    select
        signal,
        sum(onset) as onset,
        sum(stay) as stay,
        sum(compared) as compared,
        sum(mean_stay * stay) / nullif(sum(stay), 0) as mean_of_all_who_stayed,
        sum(mean_onset * compared) / nullif(sum(compared), 0) as mean_onset,
        sum(mean_stay * compared) / nullif(sum(compared), 0) as mean_stay,
        -- As many equal weights would say as much.
        sum(compared) * sum(compared) / nullif(
            sum(case when compared > 0 then compared * compared / stay end), 0
        ) as effective_stay
    from classes
    group by signal

),

variances as (

    -- Within the classes and between them.
    select
        classes.signal,
        sum(
            case
                when classes.compared > 0
                    then
                        (classes.onset - 1) * classes.variance_onset
                        + classes.onset
                        * (classes.mean_onset - signal_totals.mean_onset)
                        * (classes.mean_onset - signal_totals.mean_onset)
            end
        ) as squares_onset,
        sum(
            case
                when classes.compared > 0
                    then
                        classes.compared * (
                            (classes.stay - 1) * classes.variance_stay / classes.stay
                            + (classes.mean_stay - signal_totals.mean_stay)
                            * (classes.mean_stay - signal_totals.mean_stay)
                        )
            end
        ) as squares_stay
    from classes
    inner join signal_totals on classes.signal = signal_totals.signal
    group by classes.signal

),

with_variances as (

    select
        signal_totals.*,
        variances.squares_onset / nullif(signal_totals.compared - 1, 0) as variance_onset,
        case
            when signal_totals.effective_stay > 1.000000001
                then
                    variances.squares_stay / signal_totals.compared
                    * signal_totals.effective_stay / (signal_totals.effective_stay - 1)
        end as variance_stay
    from signal_totals
    inner join variances on signal_totals.signal = variances.signal

),

onset_signal_groups as (

    -- A signal that nobody has is a row, too. Equal shares of different amounts differ in the last
    -- digit; that is no variance.
    select
        all_signals.signal,
        cast(coalesce(found.onset, 0) as bigint) as customers_onset,
        cast(coalesce(found.compared, 0) as bigint) as customers_compared,
        cast(coalesce(found.stay, 0) as bigint) as customers_stay,
        found.effective_stay,
        found.mean_onset,
        found.mean_stay,
        found.mean_of_all_who_stayed,
        case when found.variance_onset < 1e-20 then 0 else found.variance_onset end
            as variance_onset,
        case when found.variance_stay < 1e-20 then 0 else found.variance_stay end as variance_stay
    from all_signals
    left join with_variances as found on all_signals.signal = found.signal

)

select * from onset_signal_groups
