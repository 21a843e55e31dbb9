-- Each treated arm beside the controls of its campaign: what they differ by, and intervals of that,
-- whoever drew the arms. Newcombe's (1998) for conversion, over strata as Zou, Huang & Zhang (2009)
-- add up shares, Welch's for all else, the delta method for ratios; beside it adjusted for what was
-- known on the day of assignment (CUPED).
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set z = customer_lifecycle.z_of_intervals() %}

with arm_moments as (

    select * from {{ ref('int_lifecycle__arm_moments') }}

),

errors as (

    select
        *,
        treated_mean - control_mean as lift,
        sqrt(treated_error_2 + control_error_2) as lift_error,
        sqrt(treated_adjusted_error_2 + control_adjusted_error_2) as adjusted_error,
        sqrt(
            treated_error_2 + control_error_2 * power(treated_mean / nullif(control_mean, 0), 2)
        ) / nullif(abs(control_mean), 0) as relative_error
    from arm_moments

),

quantiles as (

    select
        *,
        {{ customer_lifecycle.student_quantile('degrees') }} as quantile,
        {{ customer_lifecycle.student_quantile('adjusted_degrees') }} as adjusted_quantile
    from errors

),

intervals as (

    select
        *,
        case
            when metric = 'conversion' then lift - sqrt(treated_below_2 + control_above_2)
            else lift - quantile * lift_error
        end as lift_low,
        case
            when metric = 'conversion' then lift + sqrt(treated_above_2 + control_below_2)
            else lift + quantile * lift_error
        end as lift_high,
        -- Of a ratio of two shares the logarithm is nearly normal, when enough controls have
        -- bought.
        case
            when
                metric = 'conversion'
                and least(control_y, treated_y) >= {{ var('lifecycle_minimum_buyers') }}
                then
                    sqrt(
                        treated_share_error_2 / power(treated_mean, 2)
                        + control_share_error_2 / power(control_mean, 2)
                    )
        end as log_ratio_error
    from quantiles

),

arm_differences as (

    select
        campaign_id,
        arm,
        metric,
        case metric
            when 'conversion' then 'newcombe'
            when 'amount_per_order' then 'delta'
            else 'welch'
        end as method,
        cast(strata as integer) as strata,
        treated_members,
        control_members,
        treated_effective,
        control_effective,
        treated_y,
        control_y,
        treated_mean,
        control_mean,
        lift,
        lift_low,
        lift_high,
        lift_error,
        degrees,
        case when control_mean > 0 then lift / control_mean end as relative_lift,
        case
            when metric <> 'conversion' and control_mean > 0
                then lift / control_mean - quantile * relative_error
            when log_ratio_error is not null
                then treated_mean / control_mean * exp(-{{ z }} * log_ratio_error) - 1
        end as relative_low,
        case
            when metric <> 'conversion' and control_mean > 0
                then lift / control_mean + quantile * relative_error
            when log_ratio_error is not null
                then treated_mean / control_mean * exp({{ z }} * log_ratio_error) - 1
        end as relative_high,
        adjusted_lift,
        adjusted_lift - adjusted_quantile * adjusted_error as adjusted_low,
        adjusted_lift + adjusted_quantile * adjusted_error as adjusted_high,
        {{ customer_lifecycle.not_below_zero(
            '1 - power(adjusted_error, 2) / nullif(power(lift_error, 2), 0)'
        ) }} as variance_removed,
        -- How often the interval misses on its worse side: the first term of an Edgeworth expansion
        -- (Hall 1992), (2 z^2 + 1) phi(z) / 6 at z = 1.96 times the skewness of the difference, by
        -- the moments of both arms together.
        case
            when metric not in ('conversion', 'amount_per_order')
                then
                    0.025 + 0.08457895461038491 * abs(pooled_third)
                    / nullif(power(pooled_error_2, 1.5), 0)
        end as tail_error,
        -- For pooling over campaigns.
        nullif(
            case when metric = 'amount_per_order' then power(lift_error, 2) else pooled_error_2 end,
            0
        ) as lift_variance
    from intervals

)

select * from arm_differences
