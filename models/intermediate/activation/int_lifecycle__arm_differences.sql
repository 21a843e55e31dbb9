-- Each treated arm beside the controls of its campaign, all control arms together: means, and
-- intervals of their difference, whoever drew the arms. Newcombe's (1998) for conversion, Welch's
-- for all else, the delta method for ratios; beside it adjusted for what was known on the day of
-- assignment (CUPED).
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set z = customer_lifecycle.z_of_intervals() %}
{%- set sums = ['y', 'yy', 'yyy', 'x', 'xx', 'xy'] %}
{%- set sides = ['treated', 'control'] %}

with arm_sums as (

    select * from {{ ref('int_lifecycle__arm_sums') }}

),

controls as (

    select
        campaign_id,
        metric,
        {% for part in sums %}
        sum(sum_{{ part }}) as sum_{{ part }},
        {% endfor %}
        sum(members) as members
    from arm_sums
    where is_control
    group by campaign_id, metric

),

pairs as (

    select
        treated.campaign_id,
        treated.arm,
        treated.metric,
        {% for part in sums %}
        treated.sum_{{ part }} as treated_{{ part }},
        controls.sum_{{ part }} as control_{{ part }},
        {% endfor %}
        {{ customer_lifecycle.double('treated.members') }} as treated_members,
        {{ customer_lifecycle.double('controls.members') }} as control_members
    from arm_sums as treated
    left join controls
        on treated.campaign_id = controls.campaign_id and treated.metric = controls.metric
    where not treated.is_control

),

moments as (

    select
        *,
        {%- for side in sides %}
        {%- set n, y, yy, yyy = side ~ '_members', side ~ '_y', side ~ '_yy', side ~ '_yyy' %}
        {%- set x, xx, xy = side ~ '_x', side ~ '_xx', side ~ '_xy' %}
        {{ y }} / {{ n }} as {{ side }}_mean_y,
        {{ x }} / {{ n }} as {{ side }}_mean_x,
        {{ customer_lifecycle.variance_of_sums(n, y, yy) }} as {{ side }}_variance_y,
        {{ customer_lifecycle.variance_of_sums(n, x, xx) }} as {{ side }}_variance_x,
        {{ customer_lifecycle.covariance_of_sums(n, y, x, xy) }} as {{ side }}_covariance,
        {{ customer_lifecycle.third_moment_of_sums(n, y, yy, yyy) }} as {{ side }}_third,
        {%- endfor %}
        -- The slope of y on x over both arms.
        coalesce(
            {{ customer_lifecycle.covariance_of_sums(
                '(treated_members + control_members)', '(treated_y + control_y)',
                '(treated_x + control_x)', '(treated_xy + control_xy)'
            ) }}
            / nullif({{ customer_lifecycle.variance_of_sums(
                '(treated_members + control_members)', '(treated_x + control_x)',
                '(treated_xx + control_xx)'
            ) }}, 0),
            0
        ) as slope
    from pairs

),

ratios as (

    select
        *,
        treated_y / nullif(treated_x, 0) as treated_ratio,
        control_y / nullif(control_x, 0) as control_ratio
    from moments

),

means as (

    select
        *,
        {%- for side in sides %}
        case when metric = 'amount_per_order' then {{ side }}_ratio else {{ side }}_mean_y end
            as {{ side }}_mean,
        case
            when metric = 'amount_per_order'
                then
                    {{ customer_lifecycle.not_below_zero(
                        side ~ '_variance_y - 2 * ' ~ side ~ '_ratio * ' ~ side ~ '_covariance + '
                        ~ side ~ '_ratio * ' ~ side ~ '_ratio * ' ~ side ~ '_variance_x'
                    ) }} / nullif({{ side }}_mean_x * {{ side }}_mean_x, 0)
            else {{ side }}_variance_y
        end / {{ side }}_members as {{ side }}_error_2,
        case
            when metric <> 'amount_per_order'
                then
                    {{ customer_lifecycle.not_below_zero(
                        side ~ '_variance_y - 2 * slope * ' ~ side ~ '_covariance + slope * slope * '
                        ~ side ~ '_variance_x'
                    ) }}
        end / {{ side }}_members as {{ side }}_adjusted_error_2,
        {%- endfor %}
        case
            when metric <> 'amount_per_order'
                then
                    treated_mean_y - control_mean_y - slope * (treated_mean_x - control_mean_x)
        end as adjusted_lift
    from ratios

),

errors as (

    select
        *,
        treated_mean - control_mean as lift,
        sqrt(treated_error_2 + control_error_2) as lift_error,
        sqrt(treated_adjusted_error_2 + control_adjusted_error_2) as adjusted_error,
        -- The variance and skewness of both arms together. Those of each arm are small where no
        -- large order happens to be in it: its mean is low then, and looks sure of it.
        (
            (treated_members - 1) * treated_variance_y
            + (control_members - 1) * control_variance_y
        )
        / nullif(treated_members + control_members - 2, 0)
        * (1 / treated_members + 1 / control_members) as pooled_error_2,
        (treated_members * treated_third + control_members * control_third)
        / (treated_members + control_members) as pooled_third,
        {%- for prefix in ['', 'adjusted_'] %}
        power(treated_{{ prefix }}error_2 + control_{{ prefix }}error_2, 2)
        / nullif(
            power(treated_{{ prefix }}error_2, 2) / nullif(treated_members - 1, 0)
            + power(control_{{ prefix }}error_2, 2) / nullif(control_members - 1, 0),
            0
        ) as {{ prefix }}degrees,
        {%- endfor %}
        sqrt(
            treated_error_2 + control_error_2 * power(treated_mean / nullif(control_mean, 0), 2)
        ) / nullif(abs(control_mean), 0) as relative_error
    from means

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
            when metric = 'conversion'
                then
                    lift - sqrt(
                        power(treated_mean - {{ customer_lifecycle.wilson_low(
                            'treated_mean', 'treated_members') }}, 2)
                        + power({{ customer_lifecycle.wilson_high(
                            'control_mean', 'control_members') }} - control_mean, 2)
                    )
            else lift - quantile * lift_error
        end as lift_low,
        case
            when metric = 'conversion'
                then
                    lift + sqrt(
                        power({{ customer_lifecycle.wilson_high(
                            'treated_mean', 'treated_members') }} - treated_mean, 2)
                        + power(control_mean - {{ customer_lifecycle.wilson_low(
                            'control_mean', 'control_members') }}, 2)
                    )
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
                        1 / treated_y - 1 / treated_members + 1 / control_y - 1 / control_members
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
        treated_members,
        control_members,
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
                    0.025 + 0.08457895461038491 * abs(
                        pooled_third
                        * (1 / power(treated_members, 2) - 1 / power(control_members, 2))
                    ) / nullif(power(pooled_error_2, 1.5), 0)
        end as tail_error,
        -- For pooling over campaigns.
        nullif(
            case when metric = 'amount_per_order' then power(lift_error, 2) else pooled_error_2 end,
            0
        ) as lift_variance
    from intervals

)

select * from arm_differences
