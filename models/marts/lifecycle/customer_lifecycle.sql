{{ config(enabled=customer_lifecycle.has_room('lifecycle')) }}

with stages as (

    select * from {{ ref('int_lifecycle__stages') }}

),

-- Since when, and what was before, is what history tells.
stage_spells as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('history'), 'int_lifecycle__stage_spells',
        {
            'customer_id': dbt.type_string(), 'lifecycle_stage': dbt.type_string(),
            'previous_stage': dbt.type_string(), 'started_on': 'date', 'ended_on': 'date',
        }
    ) }}

),

open_spells as (

    select * from stage_spells
    where ended_on is null

),

history_periods as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('history'), 'int_lifecycle__history_periods',
        {'period_end': 'date'}
    ) }}

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
            when stages.lifecycle_stage = open_spells.lifecycle_stage
                then open_spells.previous_stage
            else open_spells.lifecycle_stage
        end as previous_stage,
        {{ customer_lifecycle.days_between('stages.known_since', 'stages.as_of_date') }}
            as tenure_days,
        stages.is_reactivated,
        case
            when stages.lifecycle_stage = open_spells.lifecycle_stage
                then open_spells.started_on
            when open_spells.lifecycle_stage is not null then stages.as_of_date
            -- Known since the last period end: the stage is no older than that.
            when stages.known_since > last_period.period_end then stages.known_since
        end as stage_since
    from stages
    cross join last_period
    left join open_spells on stages.customer_id = open_spells.customer_id
    left join lifecycle_stages on stages.lifecycle_stage = lifecycle_stages.lifecycle_stage

)

select * from customer_lifecycle
