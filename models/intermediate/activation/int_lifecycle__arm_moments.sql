-- Each treated arm beside the controls of its campaign, all control arms together: means, and the
-- squares of their errors, of the delta method for ratios; beside it adjusted for what was known on
-- the day of assignment (CUPED). Within strata first where these were drawn with shares of their
-- own; then the controls of each count as much as it has treated, so that a lift is what the
-- treated have gained.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set sums = ['y', 'yy', 'yyy', 'x', 'xx', 'xy'] %}
{%- set sides = ['treated', 'control'] %}
{%- set over_strata = 'over (partition by campaign_id, arm, metric)' %}

with arm_sums as (

    select * from {{ ref('int_lifecycle__arm_sums') }}

),

controls as (

    select
        campaign_id,
        metric,
        stratum,
        {% for part in sums %}
        case when count(sum_{{ part }}) = count(*) then sum(sum_{{ part }}) end as sum_{{ part }},
        {% endfor %}
        sum(members) as members
    from arm_sums
    where is_control
    group by campaign_id, metric, stratum

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
        {{ customer_lifecycle.double('controls.members') }} as control_members,
        {{ customer_lifecycle.double('treated.members') }} / sum(treated.members) over (
            partition by treated.campaign_id, treated.arm, treated.metric
        ) as weight
    from arm_sums as treated
    left join controls
        on
            treated.campaign_id = controls.campaign_id
            and treated.metric = controls.metric
            and treated.stratum = controls.stratum
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
        {{ customer_lifecycle.covariance_of_sums(
            '(treated_members + control_members)', '(treated_y + control_y)',
            '(treated_x + control_x)', '(treated_xy + control_xy)'
        ) }} as covariance,
        {{ customer_lifecycle.variance_of_sums(
            '(treated_members + control_members)', '(treated_x + control_x)',
            '(treated_xx + control_xx)'
        ) }} as variance_x
    from pairs

),

over_all_strata as (

    -- The slope of y on x over both arms, and the ratio of the sums.
    select
        {%- for side in sides %}
        sum(weight * {{ side }}_mean_x) {{ over_strata }} as {{ side }}_whole_mean_x,
        case
            when metric = 'amount_per_order'
                then
                    sum(weight * {{ side }}_mean_y) {{ over_strata }}
                    / nullif(sum(weight * {{ side }}_mean_x) {{ over_strata }}, 0)
        end as {{ side }}_ratio,
        {%- endfor %}
        coalesce(
            sum(weight * covariance) {{ over_strata }}
            / nullif(sum(weight * variance_x) {{ over_strata }}, 0), 0
        ) as slope,
        *
    from moments

),

errors as (

    select
        *,
        {%- for side in sides %}
        weight * weight * case
            when metric = 'amount_per_order'
                then
                    {{ customer_lifecycle.not_below_zero(
                        side ~ '_variance_y - 2 * ' ~ side ~ '_ratio * ' ~ side ~ '_covariance + '
                        ~ side ~ '_ratio * ' ~ side ~ '_ratio * ' ~ side ~ '_variance_x'
                    ) }} / nullif({{ side }}_whole_mean_x * {{ side }}_whole_mean_x, 0)
            else {{ side }}_variance_y
        end / {{ side }}_members as {{ side }}_error_2,
        weight * weight * case
            when metric <> 'amount_per_order'
                then
                    {{ customer_lifecycle.not_below_zero(
                        side ~ '_variance_y - 2 * slope * ' ~ side ~ '_covariance + slope * slope * '
                        ~ side ~ '_variance_x'
                    ) }}
        end / {{ side }}_members as {{ side }}_adjusted_error_2,
        -- Of shares, with Wilson's limits.
        case
            when metric = 'conversion'
                then {{ side }}_mean_y * (1 - {{ side }}_mean_y) / {{ side }}_members
        end as {{ side }}_share_error_2,
        case
            when metric = 'conversion'
                then {{ customer_lifecycle.wilson_low(side ~ '_mean_y', side ~ '_members') }}
        end as {{ side }}_share_low,
        case
            when metric = 'conversion'
                then {{ customer_lifecycle.wilson_high(side ~ '_mean_y', side ~ '_members') }}
        end as {{ side }}_share_high,
        {%- endfor %}
        -- The variance and skewness of both arms together. Those of each arm are small where no
        -- large order happens to be in it: its mean is low then, and looks sure of it.
        weight * weight * (
            (treated_members - 1) * treated_variance_y
            + (control_members - 1) * control_variance_y
        )
        / nullif(treated_members + control_members - 2, 0)
        * (1 / treated_members + 1 / control_members) as pooled_error_2,
        power(weight, 3) * (treated_members * treated_third + control_members * control_third)
        / (treated_members + control_members)
        * (1 / power(treated_members, 2) - 1 / power(control_members, 2)) as pooled_third
    from over_all_strata

),

arms as (

    select
        campaign_id,
        arm,
        metric,
        count(*) as strata,
        {%- for side in sides %}
        sum({{ side }}_members) as {{ side }}_members,
        sum({{ side }}_y) as {{ side }}_y,
        case
            when metric = 'amount_per_order' then max({{ side }}_ratio)
            else sum(weight * {{ side }}_mean_y)
        end as {{ side }}_mean,
        -- A ratio needs orders in each stratum: of none there is no error, and that is not 0.
        case
            when
                metric <> 'amount_per_order'
                or count(*) = 1
                or min({{ side }}_x) >= {{ var('lifecycle_minimum_buyers') }}
                then sum({{ side }}_error_2)
        end as {{ side }}_error_2,
        sum({{ side }}_adjusted_error_2) as {{ side }}_adjusted_error_2,
        sum(weight * weight * {{ side }}_share_error_2) as {{ side }}_share_error_2,
        sum(power(weight * ({{ side }}_mean_y - {{ side }}_share_low), 2))
            as {{ side }}_below_2,
        sum(power(weight * ({{ side }}_share_high - {{ side }}_mean_y), 2))
            as {{ side }}_above_2,
        -- How many members say as much in one stratum, by the weights.
        1 / sum(weight * weight / {{ side }}_members) as {{ side }}_members_by_weight,
        {%- endfor %}
        {%- for prefix in ['', 'adjusted_'] %}
        power(
            sum(
                treated_{{ prefix }}error_2 + control_{{ prefix }}error_2
            ),
            2
        )
        / nullif(
            sum(
                power(treated_{{ prefix }}error_2, 2) / nullif(treated_members - 1, 0)
                + power(control_{{ prefix }}error_2, 2) / nullif(control_members - 1, 0)
            ),
            0
        ) as {{ prefix }}degrees,
        {%- endfor %}
        sum(pooled_error_2) as pooled_error_2,
        sum(pooled_third) as pooled_third,
        case
            when metric <> 'amount_per_order'
                then
                    sum(
                        weight * (
                            treated_mean_y - control_mean_y
                            - slope * (treated_mean_x - control_mean_x)
                        )
                    )
        end as adjusted_lift
    from errors
    group by campaign_id, arm, metric

),

arm_moments as (

    select
        {%- for side in sides %}
        case
            when strata = 1 then {{ side }}_members
            else
                coalesce(
                    {{ side }}_mean * (1 - {{ side }}_mean)
                    / nullif({{ side }}_share_error_2, 0),
                    {{ side }}_members_by_weight
                )
        end as {{ side }}_effective,
        {%- endfor %}
        *
    from arms

)

select * from arm_moments
