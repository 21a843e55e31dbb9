-- What each customer who could fall silent did in the period before, against what they had done
-- until then. Nothing of the period in which they fell silent, or did not, is looked at.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}
{%- set double = customer_lifecycle.double_type() %}

with silence_onsets as (

    select * from {{ ref('int_lifecycle__silence_onsets') }}

),

customer_periods as (

    select * from {{ ref('int_lifecycle__customer_periods') }}

),

period_history as (

    select * from {{ ref('int_lifecycle__period_history') }}

),

period_discounts as (

    select * from {{ ref('int_lifecycle__period_discounts') }}

),

period_channels as (

    select * from {{ ref('int_lifecycle__period_channels') }}

),

signal_periods as (

    select
        silence_onsets.customer_id,
        silence_onsets.period_end,
        silence_onsets.is_onset,
        silence_onsets.signal_period_started_on,
        {{ customer_lifecycle.period_start('period_history.first_purchase_on') }}
            as first_period_started_on,
        -- No row: no purchase in the period.
        {%- for measure in ['purchase_days', 'amount', 'gaps', 'gap_days'] %}
        cast(coalesce(customer_periods.{{ measure }}, 0) as {{ double }}) as {{ measure }},
        {%- endfor %}
        {%- for measure in ['amount_so_far', 'gaps_so_far', 'gap_days_so_far'] %}
        cast(customer_periods.{{ measure }} as {{ double }}) as {{ measure }},
        {%- endfor %}
        cast(
            coalesce(customer_periods.purchase_days_so_far, period_history.purchase_days)
            as {{ double }}
        ) as purchase_days_so_far
    from silence_onsets
    inner join period_history
        on
            silence_onsets.customer_id = period_history.customer_id
            and silence_onsets.signal_period_end = period_history.as_of_date
    left join customer_periods
        on
            silence_onsets.customer_id = customer_periods.customer_id
            and silence_onsets.signal_period_started_on = customer_periods.period_started_on

),

onset_signals as (

    select
        signal_periods.customer_id,
        signal_periods.period_end,
        signal_periods.is_onset,
        {{ customer_lifecycle.lowest_of_class(
            'signal_periods.purchase_days_so_far', 'lifecycle_alike_purchase_days', 1
        ) }} as purchase_days_from,
        -- Mean in the period less mean before, as a share of the mean of both together: of
        -- purchases that do not change this is 0 on average, however many lie on either side.
        {%- for signal, total, number in [
            ('mean_gap_change', 'gap_days', 'gaps'),
            ('mean_amount_change', 'amount', 'purchase_days'),
        ] %}
        (
            signal_periods.{{ total }} / nullif(signal_periods.{{ number }}, 0)
            - (signal_periods.{{ total }}_so_far - signal_periods.{{ total }})
            / nullif(signal_periods.{{ number }}_so_far - signal_periods.{{ number }}, 0)
        ) / nullif(signal_periods.{{ total }}_so_far / signal_periods.{{ number }}_so_far, 0)
            as {{ signal }},
        {%- endfor %}
        signal_periods.purchase_days
        - (signal_periods.purchase_days_so_far - signal_periods.purchase_days)
        / nullif({{ customer_lifecycle.periods_between(
            'signal_periods.first_period_started_on', 'signal_periods.signal_period_started_on'
        ) }}, 0) as purchases_change,
        case
            when period_discounts.full_amount > 0
                then
                    cast(period_discounts.discount_amount as {{ double }})
                    / cast(period_discounts.full_amount as {{ double }})
        end as discount_share,
        case
            when not period_channels.has_known_channel_before then null
            when period_channels.new_channels > 0 then cast(1 as {{ double }})
            when period_channels.new_channels = 0 then cast(0 as {{ double }})
        end as channel_change
    from signal_periods
    left join period_discounts
        on
            signal_periods.customer_id = period_discounts.customer_id
            and signal_periods.signal_period_started_on = period_discounts.period_started_on
    left join period_channels
        on
            signal_periods.customer_id = period_channels.customer_id
            and signal_periods.signal_period_started_on = period_channels.period_started_on

)

select * from onset_signals
