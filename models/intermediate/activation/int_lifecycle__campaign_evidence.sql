-- The evidence of each treated arm that it does not buy as the controls do, from who bought next:
-- a test that holds however often one looks (safe log-rank, Grünwald et al. 2024). A rate ratio
-- theta has the likelihood prod theta^e1 ((r1 + r2) / (theta r1 + r2))^(e1 + e2) against 1, e first
-- purchases among r who wait, by day of assignment and day since; the evidence after a calendar day
-- is its mean over ratios from exp(-2) to exp(2), weighed by a normal distribution of ln theta with
-- standard deviation 0.4.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set double = customer_lifecycle.double %}

with cells as (

    select * from {{ ref('int_lifecycle__purchase_cells') }}

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

days as (

    select
        cells.campaign_id,
        cells.arm,
        cells.happened_on,
        weights.log_ratio,
        weights.weight,
        sum(
            cells.treated_purchases * weights.log_ratio
            - (cells.treated_purchases + cells.control_purchases) * ln(
                (exp(weights.log_ratio) * cells.treated_waiting + cells.control_waiting)
                / (cells.treated_waiting + cells.control_waiting)
            )
        ) as log_likelihood
    from cells
    cross join weights
    group by
        cells.campaign_id,
        cells.arm,
        cells.happened_on,
        weights.log_ratio,
        weights.weight

),

likelihoods as (

    select
        campaign_id,
        arm,
        happened_on,
        weight,
        sum(log_likelihood) over (
            partition by campaign_id, arm, log_ratio
            order by happened_on
            rows unbounded preceding
        ) as log_likelihood
    from days

),

largest as (

    select
        campaign_id,
        arm,
        happened_on,
        max(log_likelihood) as log_likelihood
    from likelihoods
    group by campaign_id, arm, happened_on

),

evidence_by_day as (

    -- Beyond exp(600) nobody asks how much, and what is exp(-600) of the largest adds nothing:
    -- PostgreSQL refuses what is too small for a double.
    select
        likelihoods.campaign_id,
        likelihoods.arm,
        likelihoods.happened_on,
        exp(least(max(largest.log_likelihood), {{ double(600) }})) * sum(
            likelihoods.weight * exp(
                greatest(likelihoods.log_likelihood - largest.log_likelihood, {{ double(-600) }})
            )
        ) as e_value
    from likelihoods
    inner join largest
        on
            likelihoods.campaign_id = largest.campaign_id
            and likelihoods.arm = largest.arm
            and likelihoods.happened_on = largest.happened_on
    group by likelihoods.campaign_id, likelihoods.arm, likelihoods.happened_on

),

campaign_evidence as (

    -- The highest of all calendar days so far counts, from 1 before the first: what was once proved
    -- stays so.
    select
        campaign_id,
        arm,
        greatest(max(e_value), {{ double(1) }}) as e_value
    from evidence_by_day
    group by campaign_id, arm

)

select * from campaign_evidence
