-- What the waves of a kind have in common, by metric: random effects (DerSimonian & Laird 1986)
-- over those that are over, randomised, seen and not broken. A campaign of several treated arms
-- counts with each.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set zero = customer_lifecycle.double(0) %}
{%- set z = customer_lifecycle.z_of_intervals() %}

with arm_differences as (

    select * from {{ ref('int_lifecycle__arm_differences') }}
    where metric not like 'before%' and lift_variance > 0

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

broken as (

    select distinct campaign_id
    from {{ ref('int_lifecycle__campaign_alarms') }}
    where is_alarm and spoils in ('broken', 'unseen')

),

effects as (

    select
        facts.kind,
        arm_differences.metric,
        arm_differences.lift,
        arm_differences.lift_variance as variance,
        1 / arm_differences.lift_variance as weight
    from arm_differences
    inner join facts on arm_differences.campaign_id = facts.campaign_id
    left join broken on arm_differences.campaign_id = broken.campaign_id
    where facts.is_randomised and facts.is_window_over and broken.campaign_id is null

),

fixed as (

    select
        kind,
        metric,
        {{ customer_lifecycle.double('count(*)') }} as waves,
        sum(weight * lift) / sum(weight) as fixed_mean,
        sum(weight) - sum(weight * weight) / sum(weight) as scale
    from effects
    group by kind, metric

),

heterogeneity as (

    select
        effects.kind,
        effects.metric,
        sum(effects.weight * power(effects.lift - fixed.fixed_mean, 2)) as q
    from effects
    inner join fixed on effects.kind = fixed.kind and effects.metric = fixed.metric
    group by effects.kind, effects.metric

),

between_waves as (

    select
        fixed.kind,
        fixed.metric,
        fixed.waves,
        heterogeneity.q,
        case
            when fixed.waves > 1
                then
                    greatest(
                        (heterogeneity.q - (fixed.waves - 1)) / nullif(fixed.scale, 0), {{ zero }}
                    )
            else {{ zero }}
        end as between_variance
    from fixed
    inner join heterogeneity
        on fixed.kind = heterogeneity.kind and fixed.metric = heterogeneity.metric

),

weighed as (

    select
        effects.kind,
        effects.metric,
        sum(effects.lift / (effects.variance + between_waves.between_variance))
        / sum(1 / (effects.variance + between_waves.between_variance)) as mean_lift,
        1 / sqrt(sum(1 / (effects.variance + between_waves.between_variance))) as standard_error
    from effects
    inner join between_waves
        on effects.kind = between_waves.kind and effects.metric = between_waves.metric
    group by effects.kind, effects.metric

),

wave_effects as (

    select
        weighed.kind,
        weighed.metric,
        cast(between_waves.waves as integer) as waves,
        weighed.mean_lift,
        weighed.standard_error,
        weighed.mean_lift - {{ z }} * weighed.standard_error as mean_low,
        weighed.mean_lift + {{ z }} * weighed.standard_error as mean_high,
        between_waves.between_variance,
        between_waves.q as heterogeneity,
        -- The true effect of the next wave (Higgins, Thompson & Spiegelhalter 2009).
        {{ customer_lifecycle.student_quantile('(between_waves.waves - 2)') }}
        * sqrt(between_waves.between_variance + power(weighed.standard_error, 2))
            as half_of_next
    from weighed
    inner join between_waves
        on weighed.kind = between_waves.kind and weighed.metric = between_waves.metric

)

select * from wave_effects
