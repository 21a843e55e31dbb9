-- Is the control arm of the wake-up list like those who are contacted?
-- One row per arm. Chance draws the arms, so shares and means should agree but for chance. Where
-- they do not although each arm has thousands, something takes customers out of an arm after the
-- draw: find that before you read results.
{{ config(enabled=customer_lifecycle.has_room('activation')) }}

with

wake_up as (

    select * from {{ ref('customer_lifecycle', 'wake_up_list') }}

),

final as (

    select
        arm,
        count(*) as customers,
        avg(value_at_risk) as mean_value_at_risk,
        avg(probability_purchase_90d) as mean_probability_purchase_90d,
        avg(case when value_tier = 'vip' then 1.0 else 0.0 end) as share_of_vip,
        avg(case when lifecycle_stage = 'churned' then 1.0 else 0.0 end) as share_of_churned
    from wake_up
    group by arm

)

select * from final
order by arm
