-- The evidence of each treated arm that it does not buy as the controls do, from who bought next on
-- each day: a test that holds however often one looks (safe log-rank, Grünwald et al. 2024). A rate
-- ratio theta has the likelihood prod theta^e1 ((r1 + r2) / (theta r1 + r2))^(e1 + e2) against 1, e
-- first purchases among r who wait; the evidence is its mean over ratios from exp(-2) to exp(2),
-- weighed by a normal distribution of ln theta with standard deviation 0.4.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set double = customer_lifecycle.double %}

with campaign_days as (

    select * from {{ ref('customer_lifecycle', 'campaign_days') }}

),

arm_kinds as (

    select
        campaign_id,
        arm,
        is_control
    from {{ ref('customer_lifecycle', 'campaign_arms') }}

),

ratios as (

    {% for tenths in range(-20, 21) %}
    select {{ double(tenths / 10) }} as log_ratio
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

weights as (

    select
        log_ratio,
        exp(-0.5 * power(log_ratio / 0.4, 2))
        / sum(exp(-0.5 * power(log_ratio / 0.4, 2))) over () as weight
    from ratios

),

sides as (

    select
        campaign_days.campaign_id,
        campaign_days.arm,
        campaign_days.days_since,
        campaign_days.first_purchases,
        campaign_days.waiting,
        arm_kinds.is_control
    from campaign_days
    inner join arm_kinds
        on
            campaign_days.campaign_id = arm_kinds.campaign_id
            and campaign_days.arm = arm_kinds.arm

),

controls as (

    select
        campaign_id,
        days_since,
        sum(first_purchases) as first_purchases,
        sum(waiting) as waiting
    from sides
    where is_control
    group by campaign_id, days_since

),

days_with_purchases as (

    select
        sides.campaign_id,
        sides.arm,
        sides.days_since,
        {{ double('sides.first_purchases') }} as treated_purchases,
        {{ double('sides.waiting') }} as treated_waiting,
        {{ double('controls.first_purchases') }} as control_purchases,
        {{ double('controls.waiting') }} as control_waiting
    from sides
    inner join controls
        on sides.campaign_id = controls.campaign_id and sides.days_since = controls.days_since
    where not sides.is_control and sides.first_purchases + controls.first_purchases > 0

),

likelihoods as (

    select
        days.campaign_id,
        days.arm,
        days.days_since,
        weights.log_ratio,
        weights.weight,
        sum(
            days.treated_purchases * weights.log_ratio
            - (days.treated_purchases + days.control_purchases) * ln(
                (exp(weights.log_ratio) * days.treated_waiting + days.control_waiting)
                / (days.treated_waiting + days.control_waiting)
            )
        ) over (
            partition by days.campaign_id, days.arm, weights.log_ratio
            order by days.days_since
            rows unbounded preceding
        ) as log_likelihood
    from days_with_purchases as days
    cross join weights

),

largest as (

    select
        campaign_id,
        arm,
        days_since,
        max(log_likelihood) as log_likelihood
    from likelihoods
    group by campaign_id, arm, days_since

),

evidence_by_day as (

    -- Beyond exp(600) nobody asks how much.
    select
        likelihoods.campaign_id,
        likelihoods.arm,
        likelihoods.days_since,
        exp(least(max(largest.log_likelihood), {{ double(600) }})) * sum(
            likelihoods.weight * exp(likelihoods.log_likelihood - largest.log_likelihood)
        ) as e_value
    from likelihoods
    inner join largest
        on
            likelihoods.campaign_id = largest.campaign_id
            and likelihoods.arm = largest.arm
            and likelihoods.days_since = largest.days_since
    group by likelihoods.campaign_id, likelihoods.arm, likelihoods.days_since

),

campaign_evidence as (

    -- The highest of all days so far counts, from 1 before the first: what was once proved
    -- stays so.
    select
        campaign_id,
        arm,
        greatest(max(e_value), {{ double(1) }}) as e_value
    from evidence_by_day
    group by campaign_id, arm

)

select * from campaign_evidence
