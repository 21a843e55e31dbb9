-- What the waves of a kind have in common, by metric: random effects (DerSimonian & Laird 1986)
-- over those that are over, randomised, seen and not broken, with the error of their mean by how
-- far they lie apart (Hartung & Knapp 2001), and never less than chance within them brings. The
-- arms of a campaign share their controls, so it counts with one: that with the most members.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set zero, one = customer_lifecycle.double(0), customer_lifecycle.double(1) %}

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

arms as (

    select
        facts.kind,
        arm_differences.metric,
        arm_differences.lift,
        arm_differences.lift_variance as variance,
        1 / arm_differences.lift_variance as weight,
        row_number() over (
            partition by arm_differences.campaign_id, arm_differences.metric
            order by arm_differences.treated_members desc, arm_differences.arm asc
        ) as place
    from arm_differences
    inner join facts on arm_differences.campaign_id = facts.campaign_id
    left join broken on arm_differences.campaign_id = broken.campaign_id
    where facts.is_randomised and facts.is_window_over and broken.campaign_id is null

),

effects as (

    select * from arms
    where place = 1

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

spread as (

    -- How far the waves lie apart, by what is expected of them: about 1.
    select
        effects.kind,
        effects.metric,
        sum(
            power(effects.lift - weighed.mean_lift, 2)
            / (effects.variance + between_waves.between_variance)
        ) / nullif(max(between_waves.waves) - 1, 0) as ratio
    from effects
    inner join between_waves
        on effects.kind = between_waves.kind and effects.metric = between_waves.metric
    inner join weighed
        on effects.kind = weighed.kind and effects.metric = weighed.metric
    group by effects.kind, effects.metric

),

with_error as (

    select
        weighed.kind,
        weighed.metric,
        between_waves.waves,
        weighed.mean_lift,
        weighed.standard_error,
        case
            when spread.ratio is not null
                then weighed.standard_error * sqrt(greatest(spread.ratio, {{ one }}))
        end as robust_error,
        between_waves.between_variance,
        between_waves.q as heterogeneity
    from weighed
    inner join between_waves
        on weighed.kind = between_waves.kind and weighed.metric = between_waves.metric
    inner join spread
        on weighed.kind = spread.kind and weighed.metric = spread.metric

),

wave_effects as (

    select
        kind,
        metric,
        cast(waves as integer) as waves,
        mean_lift,
        standard_error,
        robust_error,
        mean_lift - {{ customer_lifecycle.student_quantile('(waves - 1)') }} * robust_error
            as mean_low,
        mean_lift + {{ customer_lifecycle.student_quantile('(waves - 1)') }} * robust_error
            as mean_high,
        between_variance,
        heterogeneity,
        -- The true effect of the next wave (Higgins, Thompson & Spiegelhalter 2009).
        {{ customer_lifecycle.student_quantile('(waves - 2)') }}
        * sqrt(between_variance + power(robust_error, 2)) as half_of_next
    from with_error

)

select * from wave_effects
