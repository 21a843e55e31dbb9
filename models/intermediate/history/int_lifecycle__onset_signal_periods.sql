-- Number, mean and sum of squared deviations of each signal among those who fell silent by a period
-- end and those who stayed: the customers are looked at once, when the period is over.
{{ customer_lifecycle.history_config('history') }}
{%- set signals = customer_lifecycle.onset_signals() %}
{%- set groups = {'onset': 'is_onset', 'stay': 'not is_onset'} %}

with missing_periods as (

    {{ customer_lifecycle.missing_periods() }}

),

onset_signals as (

    select
        onset_signals.*,
        missing_periods.history_version
    from {{ ref('int_lifecycle__onset_signals') }} as onset_signals
    inner join missing_periods on onset_signals.period_end = missing_periods.period_end

),

side_by_side as (

    select
        period_end,
        history_version
        {%- for signal in signals %}
        {%- for group, condition in groups.items() %}
        {%- set value = 'case when ' ~ condition ~ ' then ' ~ signal ~ ' end' %},
        count({{ value }}) as {{ signal }}_customers_{{ group }},
        avg({{ value }}) as {{ signal }}_mean_{{ group }},
        var_samp({{ value }}) as {{ signal }}_variance_{{ group }}
        {%- endfor %}
        {%- endfor %}
    from onset_signals
    group by period_end, history_version

),

onset_signal_periods as (

    {% for signal in signals -%}
    select
        '{{ signal }}' as signal,
        history_version
        {%- for group in groups %},
        {{ signal }}_customers_{{ group }} as customers_{{ group }},
        {{ signal }}_mean_{{ group }} as mean_{{ group }},
        case
            when {{ signal }}_customers_{{ group }} > 0
                then
                    coalesce({{ signal }}_variance_{{ group }}, 0)
                    * ({{ signal }}_customers_{{ group }} - 1)
        end as squares_{{ group }}
        {%- endfor %},
        period_end
    from side_by_side
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from onset_signal_periods
