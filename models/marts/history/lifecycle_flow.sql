-- The ledger of the lifecycle: opening + entered - left = closing, in customers; in money what
-- those who stayed have brought in meanwhile is added. Every stage is a row in every period.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set money = var('lifecycle_money_type') %}

with stage_moves as (

    select * from {{ ref('int_lifecycle__stage_moves') }}

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}
    where previous_period_end is not null

),

lifecycle_stages as (

    select * from {{ ref('lifecycle_stages') }}

),

entries as (

    select
        period_end,
        to_stage as lifecycle_stage,
        case when from_stage = to_stage then 'stayed' else 'entered' end as entry,
        customers,
        amount_before,
        amount_after
    from stage_moves
    union all
    select
        period_end,
        from_stage as lifecycle_stage,
        'left' as entry,
        customers,
        amount_before,
        amount_after
    from stage_moves
    where from_stage <> to_stage and from_stage <> 'not_known'

),

sums as (

    select
        period_end,
        {% for measure in ['customers', 'amount_before', 'amount_after'] %}
        {% for entry in ['stayed', 'entered', 'left'] %}
        sum(case when entry = '{{ entry }}' then {{ measure }} else 0 end)
            as {{ measure }}_{{ entry }},
        {% endfor %}
        {% endfor %}
        lifecycle_stage
    from entries
    group by period_end, lifecycle_stage

),

with_every_stage as (

    select
        lifecycle_stages.lifecycle_stage,
        {% for measure in ['customers', 'amount_before', 'amount_after'] %}
        {% for entry in ['stayed', 'entered', 'left'] %}
        coalesce(sums.{{ measure }}_{{ entry }}, 0) as {{ measure }}_{{ entry }},
        {% endfor %}
        {% endfor %}
        history_periods.period_end
    from history_periods
    cross join lifecycle_stages
    left join sums
        on
            history_periods.period_end = sums.period_end
            and lifecycle_stages.lifecycle_stage = sums.lifecycle_stage

),

lifecycle_flow as (

    select
        cast(lifecycle_stage as {{ dbt.type_string() }}) as lifecycle_stage,
        period_end,
        cast(customers_stayed + customers_left as bigint) as customers_opening,
        cast(customers_entered as bigint) as customers_entered,
        cast(customers_left as bigint) as customers_left,
        cast(customers_stayed + customers_entered as bigint) as customers_closing,
        cast(amount_before_stayed + amount_before_left as {{ money }}) as amount_opening,
        cast(amount_after_entered as {{ money }}) as amount_entered,
        cast(amount_before_left as {{ money }}) as amount_left,
        cast(amount_after_stayed - amount_before_stayed as {{ money }}) as amount_earned,
        cast(amount_after_stayed + amount_after_entered as {{ money }}) as amount_closing
    from with_every_stage

)

select * from lifecycle_flow
