with stages as (

    select * from {{ ref('int_lifecycle__stages') }}

),

stage_spells as (

    select * from {{ ref('int_lifecycle__stage_spells') }}
    where ended_on is null

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

),

lifecycle_stages as (

    select * from {{ ref('lifecycle_stages') }}

),

last_period as (

    select max(period_end) as period_end from history_periods

),

customer_lifecycle as (

    select
        stages.customer_id,
        stages.lifecycle_stage,
        cast(lifecycle_stages.classical_stage as {{ dbt.type_string() }}) as classical_stage,
        case
            when stages.lifecycle_stage = stage_spells.lifecycle_stage
                then stage_spells.previous_stage
            else stage_spells.lifecycle_stage
        end as previous_stage,
        {{ customer_lifecycle.days_between('stages.known_since', 'stages.as_of_date') }}
            as tenure_days,
        stages.is_reactivated,
        case
            when stages.lifecycle_stage = stage_spells.lifecycle_stage
                then stage_spells.started_on
            when stage_spells.lifecycle_stage is not null then stages.as_of_date
            -- Known since the last period end: the stage is no older than that.
            when stages.known_since > last_period.period_end then stages.known_since
        end as stage_since
    from stages
    cross join last_period
    left join stage_spells on stages.customer_id = stage_spells.customer_id
    left join lifecycle_stages on stages.lifecycle_stage = lifecycle_stages.lifecycle_stage

)

select * from customer_lifecycle
