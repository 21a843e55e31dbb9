-- What was found of each treated arm, with all that a verdict needs: the p-value corrected for the
-- number of campaigns, the lift drawn towards those of its kind, and whether it may be believed.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with arm_differences as (

    select * from {{ ref('int_lifecycle__arm_differences') }}
    where metric not like 'before%'

),

facts as (

    select * from {{ ref('int_lifecycle__campaign_facts') }}

),

buyers as (

    select
        campaign_id,
        arm,
        least(treated_y, control_y) as fewest_buyers
    from arm_differences
    where metric = 'conversion'

),

spoilt as (

    select
        campaign_id,
        max(case when is_alarm and spoils = 'broken' then 1 else 0 end) = 1 as is_broken,
        max(case when is_alarm and spoils = 'stratified' then 1 else 0 end) = 1 as is_stratified,
        max(case when is_alarm and spoils = 'unseen' then 1 else 0 end) = 1 as is_unseen,
        max(case when is_alarm and spoils = 'leaked' then 1 else 0 end) = 1 as is_leaked
    from {{ ref('int_lifecycle__campaign_alarms') }}
    group by campaign_id

),

probabilities as (

    select * from {{ ref('int_lifecycle__campaign_probabilities') }}

),

evidence as (

    select * from {{ ref('int_lifecycle__campaign_evidence') }}

),

campaign_power as (

    select * from {{ ref('int_lifecycle__campaign_power') }}

),

wave_effects as (

    select * from {{ ref('int_lifecycle__wave_effects') }}

),

tail_checks as (

    select max(alarm_above) as alarm_above
    from {{ ref('lifecycle_campaign_checks') }}
    where check_name = 'tail'

),

joined as (

    select
        differences.*,
        facts.kind,
        facts.is_randomised,
        facts.is_window_over,
        spoilt.is_broken,
        spoilt.is_stratified,
        spoilt.is_unseen,
        spoilt.is_leaked,
        probabilities.p_value,
        case when differences.metric = 'conversion' then evidence.e_value end as e_value,
        campaign_power.smallest_lift_seen,
        -- Whether the interval of an amount is none to be believed.
        differences.metric <> 'conversion'
        and (
            buyers.fewest_buyers < {{ var('lifecycle_minimum_buyers') }}
            or coalesce(differences.tail_error > tail_checks.alarm_above, false)
        ) as is_withheld,
        -- Those whose p-values are judged together.
        facts.is_randomised
        and facts.is_window_over
        and not spoilt.is_broken
        and not spoilt.is_unseen
        and probabilities.p_value is not null as is_counted
    from arm_differences as differences
    inner join facts on differences.campaign_id = facts.campaign_id
    inner join spoilt on differences.campaign_id = spoilt.campaign_id
    inner join buyers
        on
            differences.campaign_id = buyers.campaign_id
            and differences.arm = buyers.arm
    inner join campaign_power
        on
            differences.campaign_id = campaign_power.campaign_id
            and differences.arm = campaign_power.arm
    left join probabilities
        on
            differences.campaign_id = probabilities.campaign_id
            and differences.arm = probabilities.arm
            and differences.metric = probabilities.question
    left join evidence
        on
            differences.campaign_id = evidence.campaign_id
            and differences.arm = evidence.arm
    cross join tail_checks

),

ranked as (

    select
        *,
        row_number() over (
            partition by metric, is_counted order by p_value, campaign_id, arm
        ) as p_rank,
        count(*) over (partition by metric, is_counted) as p_count
    from joined

),

with_q as (

    -- Benjamini & Hochberg (1995), by metric over all waves that are over.
    select
        *,
        case
            when is_counted
                then
                    least(
                        min(p_value * p_count / p_rank) over (
                            partition by metric, is_counted
                            order by p_rank desc
                            rows unbounded preceding
                        ),
                        {{ customer_lifecycle.double(1) }}
                    )
        end as q_value
    from ranked

),

campaign_results as (

    -- What would be called a lift is none where chance has not drawn the arms.
    select
        with_q.campaign_id,
        with_q.arm,
        with_q.metric,
        with_q.method,
        with_q.strata,
        with_q.control_mean,
        with_q.treated_mean as treatment_mean,
        {%- for name in [
            'lift', 'lift_low', 'lift_high', 'relative_lift', 'relative_low', 'relative_high',
            'p_value', 'adjusted_lift', 'adjusted_low', 'adjusted_high', 'variance_removed',
            'tail_error', 'e_value'
        ] %}
        case when with_q.is_randomised then with_q.{{ name }} end as {{ name }},
        {%- endfor %}
        with_q.q_value,
        -- Drawn towards the waves of its kind, once there are enough of them.
        case
            when
                with_q.is_randomised
                and with_q.is_window_over
                and not with_q.is_broken
                and not with_q.is_unseen
                and wave_effects.waves >= {{ var('lifecycle_portfolio_campaigns') }}
                and with_q.lift_variance > 0
                then
                    (
                        wave_effects.between_variance * with_q.lift
                        + with_q.lift_variance * wave_effects.mean_lift
                    ) / (wave_effects.between_variance + with_q.lift_variance)
        end as shrunken_lift,
        with_q.smallest_lift_seen,
        with_q.is_withheld,
        with_q.is_randomised,
        with_q.is_window_over,
        with_q.is_broken,
        with_q.is_stratified,
        with_q.is_unseen,
        with_q.is_leaked
    from with_q
    left join wave_effects
        on with_q.kind = wave_effects.kind and with_q.metric = wave_effects.metric

)

select * from campaign_results
