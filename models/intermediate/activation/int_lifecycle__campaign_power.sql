-- The smallest lift of the conversion that each treated arm could see.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with arm_differences as (

    select * from {{ ref('int_lifecycle__arm_differences') }}

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

sizes as (

    select
        row_number() over (order by differences.campaign_id, differences.arm) as row_id,
        differences.campaign_id,
        differences.arm,
        differences.treated_members,
        differences.control_members,
        differences.treated_effective as treated,
        differences.control_effective as controls,
        -- Those whom nobody drew do not say what the treated would have done.
        case when facts.is_randomised then differences.control_mean end as base_rate
    from arm_differences as differences
    inner join facts on differences.campaign_id = facts.campaign_id
    where differences.metric = 'conversion'

),

{{ customer_lifecycle.smallest_lifts('sizes') }}
campaign_power as (

    select
        campaign_id,
        arm,
        treated_members as treated,
        control_members as controls,
        base_rate,
        smallest_lift_seen
    from smallest_lift_6

)

select * from campaign_power
