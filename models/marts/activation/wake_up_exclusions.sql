{{ config(enabled=customer_lifecycle.has_room('activation')) }}

with candidates as (

    select * from {{ ref('int_lifecycle__contact_candidates') }}

),

wake_up_exclusions as (

    select
        customer_id,
        exclusion_reason,
        silence_status,
        lifecycle_stage,
        value_tier,
        silence_level,
        days_since_last_purchase,
        value_at_risk,
        contact_cost,
        historic_amount
    from candidates
    where list_name = 'wake_up' and exclusion_reason is not null

)

select * from wake_up_exclusions
