-- By intention to treat: whoever was assigned counts, whether reached or not.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set worthwhile = customer_lifecycle.number_or_zero('lifecycle_worthwhile_lift') %}
{%- set evidence_needed = customer_lifecycle.number_or_zero('lifecycle_early_evidence') %}
{%- set false_rate = customer_lifecycle.number_or_zero('lifecycle_false_discovery_rate') %}

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

verdicts as (

    select * from {{ ref('lifecycle_campaign_verdicts') }}

),

joined as (

    select
        differences.*,
        facts.kind,
        facts.is_randomised,
        facts.is_window_over,
        spoilt.is_broken,
        spoilt.is_stratified,
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

judged as (

    -- What would be called a lift is none where chance has not drawn the arms.
    select
        with_q.campaign_id,
        with_q.arm,
        with_q.metric,
        with_q.method,
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
        with_q.is_leaked
    from with_q
    left join wave_effects
        on with_q.kind = wave_effects.kind and with_q.metric = wave_effects.metric

),

verdicts_that_hold as (

    select
        judged.campaign_id,
        judged.arm,
        judged.metric,
        verdicts.verdict,
        verdicts.advice,
        row_number() over (
            partition by judged.campaign_id, judged.arm, judged.metric
            order by verdicts.rule_number
        ) as place
    from judged
    cross join verdicts
    where
        case verdicts.verdict
            when 'broken' then judged.is_broken
            when 'stratified' then judged.is_stratified
            when 'not_randomised' then not judged.is_randomised
            when 'leaked' then judged.is_leaked
            when 'early_works'
                then
                    not judged.is_window_over
                    and judged.e_value >= {{ evidence_needed }}
                    and judged.lift > 0
            when 'early_hurts'
                then
                    not judged.is_window_over
                    and judged.e_value >= {{ evidence_needed }}
                    and judged.lift < 0
            when 'open' then not judged.is_window_over
            when 'withheld' then judged.is_withheld
            when 'works' then judged.lift_low > 0 and judged.q_value <= {{ false_rate }}
            when 'hurts' then judged.lift_high < 0 and judged.q_value <= {{ false_rate }}
            when 'works_alone' then judged.lift_low > 0
            when 'hurts_alone' then judged.lift_high < 0
            when 'too_small_to_tell'
                then
                    judged.lift_low is null
                    or judged.smallest_lift_seen is null
                    or judged.smallest_lift_seen > {{ 2 * worthwhile }}
            when 'no_sign'
                then
                    judged.metric = 'conversion'
                    and judged.lift_low >= {{ -worthwhile }}
                    and judged.lift_high <= {{ worthwhile }}
            when 'unclear' then true
        end

),

campaign_lift as (

    select
        judged.campaign_id,
        judged.arm,
        judged.metric,
        judged.method,
        holding.verdict,
        holding.advice,
        judged.control_mean,
        judged.treatment_mean,
        judged.lift,
        judged.lift_low,
        judged.lift_high,
        judged.relative_lift,
        judged.relative_low,
        judged.relative_high,
        judged.p_value,
        judged.q_value,
        judged.adjusted_lift,
        judged.adjusted_low,
        judged.adjusted_high,
        judged.variance_removed,
        judged.tail_error,
        judged.e_value,
        judged.shrunken_lift,
        judged.is_randomised,
        judged.is_window_over
    from judged
    left join verdicts_that_hold as holding
        on
            judged.campaign_id = holding.campaign_id
            and judged.arm = holding.arm
            and judged.metric = holding.metric
            and holding.place = 1

)

select * from campaign_lift
