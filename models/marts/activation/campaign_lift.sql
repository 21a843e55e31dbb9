-- By intention to treat: whoever was assigned counts, whether reached or not.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}
{%- set worthwhile = customer_lifecycle.number_or_zero('lifecycle_worthwhile_lift') %}
{%- set evidence_needed = customer_lifecycle.number_or_zero('lifecycle_early_evidence') %}
{%- set false_rate = customer_lifecycle.number_or_zero('lifecycle_false_discovery_rate') %}

with judged as (

    select * from {{ ref('int_lifecycle__campaign_results') }}

),

verdicts as (

    select * from {{ ref('lifecycle_campaign_verdicts') }}

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
            when 'unseen' then judged.is_unseen
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
        judged.strata,
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
