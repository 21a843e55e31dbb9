{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money, double = var('lifecycle_money_type'), customer_lifecycle.double %}
{%- set columns = {} %}
{%- for metric in ['conversion', 'orders_per_member', 'spend', 'margin', 'value'] %}
{%- for part in ['lift', 'lift_low', 'lift_high'] %}
{%- do columns.update({metric ~ '_' ~ part: [metric, part]}) %}
{%- endfor %}
{%- endfor %}

with campaign_arms as (

    select * from {{ ref('customer_lifecycle', 'campaign_arms') }}

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

conversions as (

    select
        campaign_id,
        arm,
        verdict
    from {{ ref('customer_lifecycle', 'campaign_lift') }}
    where metric = 'conversion'

),

arm_differences as (

    select * from {{ ref('int_lifecycle__arm_differences') }}

),

attributed_days as (

    select * from {{ ref('int_lifecycle__attributed_days') }}

),

attributed as (

    select
        campaign_id,
        arm,
        sum(orders) as orders,
        sum(amount) as amount
    from attributed_days
    group by campaign_id, arm

),

treated_arms as (

    -- What a campaign has cost as a whole is shared by its treated arms according to their members.
    select
        {%- for cost in ['fixed_cost', 'stranger_cost', 'outside_cost'] %}
        cast(
            facts.{{ cost }} * arms.members
            / sum(arms.members) over (partition by arms.campaign_id) as {{ money }}
        ) as {{ cost }},
        {%- endfor %}
        arms.*
    from campaign_arms as arms
    inner join facts on arms.campaign_id = facts.campaign_id
    where not arms.is_control

),

lifts as (

    select
        campaign_id,
        {% for column, parts in columns.items() %}
        max(case when metric = '{{ parts[0] }}' then {{ parts[1] }} end) as {{ column }},
        {% endfor %}
        arm
    from arm_differences
    group by campaign_id, arm

),

joined as (

    select
        arms.campaign_id,
        arms.arm,
        conversions.verdict,
        case
            when conversions.verdict in ('broken', 'unseen') then conversions.verdict
            when not arms.is_randomised
                then case when arms.expected_buyers is not null then 'model' else 'none' end
            when conversions.verdict = 'leaked' then 'leaked'
            when not arms.is_window_over then 'open'
            else 'measured'
        end as basis,
        arms.members,
        arms.buyers,
        arms.expected_buyers,
        arms.contact_cost,
        arms.offer_cost,
        arms.fixed_cost,
        arms.stranger_cost,
        arms.outside_cost,
        arms.is_window_over,
        {{ double('arms.contact_cost + arms.offer_cost + arms.fixed_cost') }} as total_cost,
        {{ double('arms.fixed_cost') }} as fixed_part,
        {% for column in columns %}
        case
            when arms.is_randomised and conversions.verdict not in ('broken', 'unseen')
                then arms.members * lifts.{{ column }}
        end as {{ column }},
        {% endfor %}
        -- Where contacts are not recorded nobody knows what attribution would have said.
        case when facts.are_contacts_recorded then coalesce(attributed.orders, 0) end
            as attributed_orders,
        case when facts.are_contacts_recorded then coalesce(attributed.amount, 0) end
            as attributed_amount
    from treated_arms as arms
    inner join facts on arms.campaign_id = facts.campaign_id
    inner join lifts on arms.campaign_id = lifts.campaign_id and arms.arm = lifts.arm
    inner join conversions
        on arms.campaign_id = conversions.campaign_id and arms.arm = conversions.arm
    left join attributed
        on arms.campaign_id = attributed.campaign_id and arms.arm = attributed.arm

),

campaign_ledger as (

    select
        campaign_id,
        arm,
        basis,
        verdict,
        contact_cost,
        offer_cost,
        fixed_cost,
        stranger_cost,
        outside_cost,
        cast(attributed_orders as integer) as attributed_orders,
        cast(attributed_amount as {{ money }}) as attributed_amount,
        conversion_lift as incremental_buyers,
        conversion_lift_low as incremental_buyers_low,
        conversion_lift_high as incremental_buyers_high,
        spend_lift as incremental_amount,
        spend_lift_low as incremental_amount_low,
        spend_lift_high as incremental_amount_high,
        margin_lift as incremental_margin,
        margin_lift_low as incremental_margin_low,
        margin_lift_high as incremental_margin_high,
        value_lift - fixed_part as incremental_value,
        value_lift_low - fixed_part as incremental_value_low,
        value_lift_high - fixed_part as incremental_value_high,
        spend_lift / nullif(total_cost, 0) as iroas,
        case
            when orders_per_member_lift > 0 and total_cost > 0
                then total_cost / orders_per_member_lift
        end as cost_per_incremental_order,
        -- Where there may be no extra order at all the cost of one has no upper bound.
        case
            when orders_per_member_lift_high > 0 and total_cost > 0
                then total_cost / orders_per_member_lift_high
        end as cost_per_incremental_order_low,
        case
            when orders_per_member_lift_low > 0 and total_cost > 0
                then total_cost / orders_per_member_lift_low
        end as cost_per_incremental_order_high,
        {{ double('attributed_amount') }} - spend_lift as attribution_excess,
        expected_buyers,
        buyers / nullif(expected_buyers, 0) as observed_over_expected,
        is_window_over
    from joined

)

select * from campaign_ledger
