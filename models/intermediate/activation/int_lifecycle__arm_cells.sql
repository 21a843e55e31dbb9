-- What all that is said of arms is counted and summed from: the members of an arm and stratum who
-- were assigned on one day and bought first on one day, or not at all, added up. One aggregate over
-- the members; of the measured values doubles, since only moments come of them.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set money = var('lifecycle_money_type') %}
{%- set cell = [
    'campaign_id', 'arm', 'stratum', 'is_control', 'window_days', 'days_observed', 'first_purchase_day',
    'has_contacts', 'has_all_probabilities', 'has_all_amounts', 'assigned_on', 'window_ends_on'
] %}
{%- set sums = customer_lifecycle.wave_sums() %}

with member_results as (

    select * from {{ ref('int_lifecycle__member_results') }}

),

member_values as (

    select
        {% for name, value in customer_lifecycle.wave_values().items() %}
        {{ customer_lifecycle.double(value) }} as {{ name }}_value,
        {% endfor %}
        *
    from member_results

),

arm_cells as (

    select
        {{ cell | join(',\n        ') }},
        sum(orders) as orders,
        cast(sum(amount) as {{ money }}) as amount,
        cast(sum(product_cost) as {{ money }}) as product_cost,
        cast(sum(contact_cost) as {{ money }}) as contact_cost,
        cast(sum(offer_cost) as {{ money }}) as offer_cost,
        cast(sum(value) as {{ money }}) as value,
        count(case when contacts > 0 then 1 end) as contacted_members,
        sum(redemptions) as redemptions,
        count(planned_share) as members_with_share,
        min(planned_share) as lowest_share,
        max(planned_share) as highest_share,
        count(probability_purchase_in_window) as members_with_forecast,
        sum(probability_purchase_in_window) as expected_buyers,
        {% for name, aggregate in sums.items() %}
        {{ aggregate }} as {{ name }},
        {% endfor %}
        count(*) as members
    from member_values
    group by
        {{ cell | join(',\n        ') }}

)

select * from arm_cells
