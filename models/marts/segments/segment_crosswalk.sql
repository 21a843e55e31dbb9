-- The state of each customer under the published rules of other tools, to compare with the tool one
-- has; lifecycle_crosswalk_rules says where each is published.
{{ config(enabled=customer_lifecycle.has_room('segments')) }}

with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

visits as (

    select * from {{ ref('int_lifecycle__visits') }}

),

gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

crosswalk_rules as (

    select * from {{ ref('lifecycle_crosswalk_rules') }}

),

gaps_up_to_length as (

    select
        gap_days,
        sum(sum(gaps)) over (order by gap_days rows unbounded preceding) as gaps_so_far,
        sum(sum(gaps)) over () as gaps
    from gap_lengths
    where gap_days is not null
    group by gap_days

),

gap_percentiles as (

    select
        min(case when gaps_so_far >= 0.4 * gaps then gap_days end) as percentile_40,
        min(case when gaps_so_far >= 0.8 * gaps then gap_days end) as percentile_80
    from gaps_up_to_length

),

states as (

    select
        purchase_history.customer_id,
        case
            when visits.first_period > visits.last_period then 'not_yet_a_customer'
            when visits.is_active = 1 and visits.has_bought_before = 0 then 'new'
            when visits.is_active = 1 and visits.was_active = 1 then 'current'
            when visits.is_active = 1 then 'resurrected'
            when visits.was_active = 1 then 'dormant'
            else 'inactive'
        end as period_activity,
        case
            when purchase_history.days_since_last_purchase >= thresholds.churned_after then 'lost'
            when 10 * purchase_history.days_since_last_purchase >= 8 * thresholds.churned_after
                then 'at_risk'
            else 'active'
        end as lapse_point,
        case
            when purchase_history.days_since_last_purchase < 14 then 'active'
            when purchase_history.days_since_last_purchase < 60 then 'silent'
            else 'churned'
        end as fixed_14_60_days,
        case
            when purchase_history.purchase_days = 1 then 'single_purchase'
            when purchase_history.days_since_last_purchase > purchase_history.max_gap_days
                then 'churned'
            -- Longer than the 80th percentile: at least that share of the own gaps is shorter.
            when
                10 * (purchase_history.rank_min - 1) >= 8 * (purchase_history.purchase_days - 1)
                then 'at_risk'
            else 'active'
        end as own_gaps_80_percent,
        case
            when purchase_history.days_since_last_purchase >= gap_percentiles.percentile_80
                then 'churned'
            when purchase_history.days_since_last_purchase >= gap_percentiles.percentile_40
                then 'at_risk'
            when gap_percentiles.percentile_40 is not null then 'active'
            else 'no_gaps'
        end as gap_percentiles_40_80
    from purchase_history
    inner join thresholds on purchase_history.as_of_date = thresholds.as_of_date
    inner join visits on purchase_history.customer_id = visits.customer_id
    cross join gap_percentiles

),

states_by_rule as (

    {% set rules = [
        'period_activity', 'lapse_point', 'fixed_14_60_days', 'own_gaps_80_percent',
        'gap_percentiles_40_80',
    ] %}
    {% for rule in rules %}
    select
        customer_id,
        '{{ rule }}' as rule_name,
        {{ rule }} as state
    from states
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

segment_crosswalk as (

    select
        states_by_rule.customer_id,
        cast(crosswalk_rules.rule as {{ dbt.type_string() }}) as rule,
        states_by_rule.state,
        cast(crosswalk_rules.source as {{ dbt.type_string() }}) as source
    from states_by_rule
    inner join crosswalk_rules on states_by_rule.rule_name = crosswalk_rules.rule

)

select * from segment_crosswalk
