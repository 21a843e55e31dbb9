-- Who bought first, treated or control, and how many of each had been waiting: for each treated arm
-- by stratum, day of assignment and day since, where anybody bought. Members who came in on one day
-- are compared among themselves, so that nobody who comes later changes what was seen before.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set double = customer_lifecycle.double %}

with arm_cells as (

    select * from {{ ref('int_lifecycle__arm_cells') }}

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

cells as (

    select
        arm_cells.campaign_id,
        arm_cells.arm,
        arm_cells.is_control,
        {{ customer_lifecycle.compared_stratum() }} as stratum,
        arm_cells.assigned_on,
        arm_cells.first_purchase_day,
        arm_cells.members
    from arm_cells
    inner join facts on arm_cells.campaign_id = facts.campaign_id

),

entries as (

    select
        campaign_id,
        arm,
        is_control,
        stratum,
        assigned_on,
        sum(members) as members
    from cells
    group by campaign_id, arm, is_control, stratum, assigned_on

),

purchases as (

    select
        campaign_id,
        arm,
        is_control,
        stratum,
        assigned_on,
        first_purchase_day as days_since,
        sum(members) as purchases
    from cells
    where first_purchase_day is not null
    group by campaign_id, arm, is_control, stratum, assigned_on, first_purchase_day

),

control_entries as (

    select
        campaign_id,
        stratum,
        assigned_on,
        sum(members) as members
    from entries
    where is_control
    group by campaign_id, stratum, assigned_on

),

pairs as (

    -- Who comes in on a day without the other side is compared with nobody.
    select
        treated.campaign_id,
        treated.arm,
        treated.stratum,
        treated.assigned_on,
        treated.members as treated_members,
        controls.members as control_members
    from entries as treated
    inner join control_entries as controls
        on
            treated.campaign_id = controls.campaign_id
            and treated.stratum = controls.stratum
            and treated.assigned_on = controls.assigned_on
    where not treated.is_control

),

purchases_of_pairs as (

    select
        pairs.campaign_id,
        pairs.arm,
        pairs.stratum,
        pairs.assigned_on,
        purchases.days_since,
        pairs.treated_members,
        pairs.control_members,
        sum(case when purchases.is_control then 0 else purchases.purchases end)
            as treated_purchases,
        sum(case when purchases.is_control then purchases.purchases else 0 end)
            as control_purchases
    from pairs
    inner join purchases
        on
            pairs.campaign_id = purchases.campaign_id
            and pairs.stratum = purchases.stratum
            and pairs.assigned_on = purchases.assigned_on
    where purchases.is_control or purchases.arm = pairs.arm
    group by
        pairs.campaign_id,
        pairs.arm,
        pairs.stratum,
        pairs.assigned_on,
        purchases.days_since,
        pairs.treated_members,
        pairs.control_members

),

purchase_cells as (

    select
        campaign_id,
        arm,
        stratum,
        assigned_on,
        days_since,
        {%- for side in ['treated', 'control'] %}
        {{ double(side ~ '_purchases') }} as {{ side }}_purchases,
        {{ double(side ~ '_members') }} + {{ double(side ~ '_purchases') }}
        - sum({{ double(side ~ '_purchases') }}) over (
            partition by campaign_id, arm, stratum, assigned_on
            order by days_since
            rows unbounded preceding
        ) as {{ side }}_waiting,
        {%- endfor %}
        {{ customer_lifecycle.days_later('days_since', 'assigned_on') }} as happened_on
    from purchases_of_pairs

)

select * from purchase_cells
