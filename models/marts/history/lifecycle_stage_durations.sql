-- How long customers stay in a stage: Kaplan-Meier estimate over all stays whose beginning history
-- has seen, in periods; stays that go on are censored, so that long ones are not left out.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with stage_spells as (

    select * from {{ ref('int_lifecycle__stage_spells') }}
    where is_start_known

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

),

lifecycle_stages as (

    select * from {{ ref('lifecycle_stages') }}

),

period_length as (

    select
        cast(
            {{ customer_lifecycle.days_between('min(period_end)', 'max(period_end)') }}
            as {{ customer_lifecycle.double_type() }}
        ) / nullif(count(*) - 1, 0) as days_per_period
    from history_periods

),

spells_by_length as (

    select
        lifecycle_stage,
        periods,
        count(*) as spells,
        count(ended_on) as moved
    from stage_spells
    group by lifecycle_stage, periods

),

with_at_risk as (

    select
        *,
        sum(spells) over (
            partition by lifecycle_stage
            order by periods desc rows between unbounded preceding and current row
        ) as at_risk
    from spells_by_length

),

with_survival as (

    -- When all that are at risk move, nobody is left: zero has no logarithm.
    select
        *,
        min(case when moved = at_risk then 0 else 1 end) over (
            partition by lifecycle_stage
            order by periods rows between unbounded preceding and current row
        ) * exp(sum(
            case
                when moved < at_risk
                    then ln(1 - cast(moved as {{ customer_lifecycle.double_type() }}) / at_risk)
                else 0
            end
        ) over (
            partition by lifecycle_stage
            order by periods rows between unbounded preceding and current row
        )) as share_staying
    from with_at_risk

),

durations as (

    -- Nothing is said about more periods than any stay was seen for, unless all have moved.
    select
        lifecycle_stage,
        sum(spells) as spells,
        {% for periods in [1, 3, 6] %}
        case
            when max(periods) >= {{ periods }} or min(share_staying) = 0
                then 1 - min(case when periods <= {{ periods }} then share_staying else 1 end)
        end as share_moved_{{ periods }},
        {% endfor %}
        min(case when share_staying <= 0.5 then periods end) as median_periods
    from with_survival
    group by lifecycle_stage

),

customers_by_stage as (

    select
        lifecycle_stage,
        count(*) as customers
    from (
        select
            lifecycle_stage,
            customer_id
        from stage_spells
        group by lifecycle_stage, customer_id
    ) as stages_of_customers
    group by lifecycle_stage

),

lifecycle_stage_durations as (

    select
        cast(lifecycle_stages.lifecycle_stage as {{ dbt.type_string() }}) as lifecycle_stage,
        cast(coalesce(customers_by_stage.customers, 0) as bigint) as customers,
        cast(coalesce(durations.spells, 0) as bigint) as stays,
        durations.median_periods * period_length.days_per_period as median_days,
        durations.share_moved_1 as share_moved_1_period,
        durations.share_moved_3 as share_moved_3_periods,
        durations.share_moved_6 as share_moved_6_periods
    from lifecycle_stages
    cross join period_length
    left join durations on lifecycle_stages.lifecycle_stage = durations.lifecycle_stage
    left join customers_by_stage
        on lifecycle_stages.lifecycle_stage = customers_by_stage.lifecycle_stage

)

select * from lifecycle_stage_durations
