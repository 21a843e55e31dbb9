-- Number, mean and variance of each signal among those who fell silent and those who stayed, all
-- periods together.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with onset_signal_periods as (

    select onset_signal_periods.*
    from {{ ref('int_lifecycle__onset_signal_periods') }} as onset_signal_periods
    inner join {{ ref('int_lifecycle__history_periods') }} as history_periods
        on onset_signal_periods.period_end = history_periods.period_end
    where history_periods.previous_period_end is not null

),

signals as (

    {% for signal in customer_lifecycle.onset_signals() -%}
    select '{{ signal }}' as signal
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

totals as (

    select
        {% for group in ['onset', 'stay'] -%}
        coalesce(sum(periods.customers_{{ group }}), 0) as customers_{{ group }},
        sum(periods.customers_{{ group }} * periods.mean_{{ group }})
        / nullif(sum(periods.customers_{{ group }}), 0) as mean_{{ group }},
        {% endfor -%}
        signals.signal
    from signals
    left join onset_signal_periods as periods on signals.signal = periods.signal
    group by signals.signal

),

squares as (

    -- Around the mean of all: those within the periods, and those of the periods' means.
    select
        {% for group in ['onset', 'stay'] -%}
        sum(
            periods.squares_{{ group }}
            + periods.customers_{{ group }}
            * (periods.mean_{{ group }} - totals.mean_{{ group }})
            * (periods.mean_{{ group }} - totals.mean_{{ group }})
        ) as squares_{{ group }},
        {% endfor -%}
        totals.signal
    from totals
    left join onset_signal_periods as periods on totals.signal = periods.signal
    group by totals.signal

),

with_variances as (

    select
        {% for group in ['onset', 'stay'] -%}
        case
            when totals.customers_{{ group }} > 1
                then squares.squares_{{ group }} / (totals.customers_{{ group }} - 1)
        end as variance_{{ group }},
        {% endfor -%}
        totals.*
    from totals
    inner join squares on totals.signal = squares.signal

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
    from with_variances

)

select * from onset_signal_groups
