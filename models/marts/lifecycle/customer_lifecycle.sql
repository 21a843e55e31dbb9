with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customer_silence as (

    select * from {{ ref('customer_silence') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

lifecycle_stages as (

    select * from {{ ref('lifecycle_stages') }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

with_signs as (

    select
        customers.customer_id,
        purchase_history.purchase_days,
        purchase_history.days_since_first_purchase,
        {{ customer_lifecycle.days_between('customers.known_since', 'as_of.as_of_date') }}
            as tenure_days,
        coalesce(
            purchase_history.longest_gap_ended_this_period >= thresholds.dormant_after, false
        ) as is_reactivated,
        purchase_history.days_since_last_purchase >= thresholds.churned_after as is_churned,
        -- Own gaps say it where there are enough of them, the thresholds where there are not.
        case
            when customer_silence.is_eligible then customer_silence.silence_status = 'silent'
            else purchase_history.days_since_last_purchase >= thresholds.dormant_after
        end as is_dormant,
        case
            when customer_silence.is_eligible then customer_silence.silence_status <> 'active'
            else purchase_history.days_since_last_purchase >= thresholds.at_risk_after
        end as is_at_risk
    from customers
    cross join as_of
    inner join thresholds on as_of.as_of_date = thresholds.as_of_date
    left join purchase_history on customers.customer_id = purchase_history.customer_id
    left join customer_silence on customers.customer_id = customer_silence.customer_id

),

with_stage as (

    -- The first that holds. Whoever reaches acquired or beyond is active.
    select
        *,
        case
            when purchase_days is null then 'potential'
            when is_reactivated then 'reactivated'
            when is_churned then 'churned'
            when is_dormant then 'dormant'
            when is_at_risk then 'at_risk'
            when
                purchase_days = 1
                and days_since_first_purchase <= {{ var('lifecycle_acquired_days') }}
                then 'acquired'
            when purchase_days >= {{ var('lifecycle_loyal_purchases') }} then 'loyal'
            else 'growing'
        end as lifecycle_stage
    from with_signs

),

customer_lifecycle as (

    select
        with_stage.customer_id,
        with_stage.lifecycle_stage,
        cast(lifecycle_stages.classical_stage as {{ dbt.type_string() }}) as classical_stage,
        with_stage.tenure_days,
        with_stage.is_reactivated
    from with_stage
    left join lifecycle_stages on with_stage.lifecycle_stage = lifecycle_stages.lifecycle_stage

)

select * from customer_lifecycle
