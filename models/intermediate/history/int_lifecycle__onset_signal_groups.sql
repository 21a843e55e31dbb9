-- Number, mean and variance of each signal among those who fell silent and those who stayed: one
-- pass over the customers, side by side, and then a row per signal.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set signals = [
    'mean_gap_change', 'mean_amount_change', 'purchases_change', 'discount_share', 'channel_change',
] %}
{%- set groups = {'onset': 'is_onset', 'stay': 'not is_onset'} %}

with onset_signals as (

    select * from {{ ref('int_lifecycle__onset_signals') }}

),

side_by_side as (

    select
        {% for signal in signals -%}
        {% for group, condition in groups.items() -%}
        {% set value = 'case when ' ~ condition ~ ' then ' ~ signal ~ ' end' -%}
        count({{ value }}) as {{ signal }}_customers_{{ group }},
        avg({{ value }}) as {{ signal }}_mean_{{ group }},
        var_samp({{ value }}) as {{ signal }}_variance_{{ group }},
        {% endfor -%}
        {% endfor -%}
        count(*) as customers
    from onset_signals

),

onset_signal_groups as (

    {% for signal in signals -%}
    select
        {% for group in groups -%}
        cast({{ signal }}_customers_{{ group }} as bigint) as customers_{{ group }},
        {{ signal }}_mean_{{ group }} as mean_{{ group }},
        -- Equal shares of different amounts differ in the last digit; that is no variance.
        case
            when {{ signal }}_variance_{{ group }} < 1e-20 then 0
            else {{ signal }}_variance_{{ group }}
        end as variance_{{ group }},
        {% endfor -%}
        '{{ signal }}' as signal
    from side_by_side
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from onset_signal_groups
