-- What was spent in each period for each goal, and what it comes to for each customer who was got,
-- kept or woken. Who would have come by themselves is among them: only what was measured against
-- customers left alone says who came on top.
{{ config(enabled=customer_lifecycle.has_room('kpis') and customer_lifecycle.has_acquisition()) }}
{%- set double, money = customer_lifecycle.double, var('lifecycle_money_type') %}
{%- set active = "('acquired', 'growing', 'loyal', 'reactivated')" %}
{%- set away = "('at_risk', 'dormant', 'churned')" %}

with acquisition_channels as (

    select * from {{ ref('customer_lifecycle', 'acquisition_channels') }}
    where scope = 'cohort'

),

kpi_by_period as (

    select * from {{ ref('customer_lifecycle', 'kpi_by_period') }}

),

stage_moves as (

    select * from {{ ref('int_lifecycle__stage_moves') }}

),

campaign_ledger as (

    {{ customer_lifecycle.rows_if(customer_lifecycle.has_campaigns(), 'campaign_ledger', {
        'campaign_id': dbt.type_string(), 'basis': dbt.type_string(),
        'contact_cost': money, 'offer_cost': money, 'fixed_cost': money,
        'incremental_buyers': customer_lifecycle.double_type(),
        'incremental_buyers_low': customer_lifecycle.double_type(),
        'incremental_buyers_high': customer_lifecycle.double_type(),
    }) }}

),

as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

spend as (

    select
        spend_so_far.campaign_id,
        spend_so_far.goal,
        spend_so_far.cost,
        {{ customer_lifecycle.period_end('spend_so_far.period_started_on') }} as period_end
    from (
        {{ customer_lifecycle.spend_so_far() }}
    ) as spend_so_far

),

costs as (

    -- What getting customers has cost may be known of each of them.
    select
        'acquire' as goal,
        cohort_period_end as period_end,
        sum(cost) as cost,
        sum(spend_set_aside) as spend_set_aside
    from acquisition_channels
    where cost is not null or spend_set_aside > 0
    group by cohort_period_end
    union all
    select
        goal,
        period_end,
        sum(cost) as cost,
        0 as spend_set_aside
    from spend
    where goal <> 'acquire'
    group by goal, period_end

),

kept_and_woken as (

    -- Whoever is active at the end of a period, by what they were at its beginning.
    select
        period_end,
        sum(case when from_stage in {{ active }} then customers else 0 end) as kept,
        sum(case when from_stage in {{ away }} then customers else 0 end) as woken,
        sum(case when from_stage = 'dormant' then customers else 0 end) as woken_of_the_dormant,
        sum(case when from_stage = 'churned' then customers else 0 end) as woken_of_the_churned
    from stage_moves
    where to_stage in {{ active }}
    group by period_end

),

periods_with_a_beginning as (

    select distinct period_end from stage_moves

),

outcomes as (

    select
        'acquire' as goal,
        period_end,
        new_customers as customers,
        cast(null as bigint) as dormant_customers,
        cast(null as bigint) as churned_customers
    from kpi_by_period
    union all
    select
        'retain' as goal,
        periods.period_end,
        coalesce(kept_and_woken.kept, 0) as customers,
        cast(null as bigint) as dormant_customers,
        cast(null as bigint) as churned_customers
    from periods_with_a_beginning as periods
    left join kept_and_woken on periods.period_end = kept_and_woken.period_end
    union all
    select
        'win_back' as goal,
        periods.period_end,
        coalesce(kept_and_woken.woken, 0) as customers,
        coalesce(kept_and_woken.woken_of_the_dormant, 0) as dormant_customers,
        coalesce(kept_and_woken.woken_of_the_churned, 0) as churned_customers
    from periods_with_a_beginning as periods
    left join kept_and_woken on periods.period_end = kept_and_woken.period_end

),

measured_campaigns as (

    -- The arms of a campaign are compared with the same customers, so that their distances to the
    -- bounds add up; those of campaigns, which are independent, add up in squares (below). What one
    -- arm alone has brought is not what was paid for all of them.
    select
        campaign_id,
        sum(
            coalesce(contact_cost, 0) + coalesce(offer_cost, 0) + coalesce(fixed_cost, 0)
        ) as cost,
        sum(incremental_buyers) as extra_customers,
        sum(incremental_buyers - incremental_buyers_low) as distance_low,
        sum(incremental_buyers_high - incremental_buyers) as distance_high
    from campaign_ledger
    group by campaign_id
    having count(*) = count(case when basis = 'measured' then incremental_buyers end)

),

campaign_totals as (

    select
        campaign_id,
        sum(cost) as cost
    from spend
    where campaign_id is not null
    group by campaign_id

),

campaign_parts as (

    select
        campaign_id,
        goal,
        period_end,
        sum(cost) as cost
    from spend
    where campaign_id is not null
    group by campaign_id, goal, period_end

),

shares as (

    -- A campaign that was paid for in several periods has won its customers by what each paid.
    select
        campaign_parts.goal,
        campaign_parts.period_end,
        campaign_parts.cost,
        measured_campaigns.cost as campaign_cost,
        measured_campaigns.extra_customers,
        measured_campaigns.distance_low,
        measured_campaigns.distance_high,
        {{ double('campaign_parts.cost') }}
        / nullif({{ double('campaign_totals.cost') }}, 0) as spend_share
    from campaign_parts
    inner join campaign_totals on campaign_parts.campaign_id = campaign_totals.campaign_id
    inner join measured_campaigns on campaign_parts.campaign_id = measured_campaigns.campaign_id

),

measured as (

    select
        goal,
        period_end,
        count(*) as campaigns,
        sum({{ double('cost') }} + spend_share * {{ double('campaign_cost') }}) as cost,
        sum(spend_share * extra_customers) as extra_customers,
        sum(spend_share * extra_customers)
        - sqrt(sum(spend_share * distance_low * spend_share * distance_low))
            as extra_customers_low,
        sum(spend_share * extra_customers)
        + sqrt(sum(spend_share * distance_high * spend_share * distance_high))
            as extra_customers_high
    from shares
    group by goal, period_end

),

unit_costs as (

    select
        costs.goal,
        costs.period_end,
        case
            when outcomes.customers is not null then null
            when costs.period_end > as_of.as_of_date then 'period_open'
            else 'no_history'
        end as withheld_reason,
        cast(costs.cost as {{ money }}) as cost,
        cast(costs.spend_set_aside as {{ money }}) as spend_set_aside,
        cast(outcomes.customers as bigint) as customers,
        cast(outcomes.dormant_customers as bigint) as dormant_customers,
        cast(outcomes.churned_customers as bigint) as churned_customers,
        {{ customer_lifecycle.rounded_quotient('costs.cost', 'nullif(outcomes.customers, 0)') }}
            as cost_per_customer,
        cast(coalesce(measured.campaigns, 0) as bigint) as measured_campaigns,
        cast(coalesce(measured.cost, 0) as {{ money }}) as measured_cost,
        measured.extra_customers,
        measured.extra_customers_low,
        measured.extra_customers_high,
        -- Where there may be no extra customer at all the cost of one has no upper bound.
        case
            when measured.extra_customers > 0
                then measured.cost / measured.extra_customers
        end as cost_per_extra,
        case
            when measured.extra_customers_high > 0
                then measured.cost / measured.extra_customers_high
        end as cost_per_extra_low,
        case
            when measured.extra_customers_low > 0
                then measured.cost / measured.extra_customers_low
        end as cost_per_extra_high
    from costs
    left join outcomes
        on costs.goal = outcomes.goal and costs.period_end = outcomes.period_end
    left join measured
        on costs.goal = measured.goal and costs.period_end = measured.period_end
    cross join as_of

)

select * from unit_costs
