{{ config(enabled=customer_lifecycle.has_campaigns()) }}

with campaign_alarms as (

    select * from {{ ref('int_lifecycle__campaign_alarms') }}

),

probabilities as (

    select * from {{ ref('int_lifecycle__campaign_probabilities') }}

),

checks as (

    select * from {{ ref('lifecycle_campaign_checks') }}

),

with_verdict as (

    select
        campaign_alarms.campaign_id,
        campaign_alarms.check_name,
        case
            when campaign_alarms.is_alarm then 'alarm'
            when campaign_alarms.statistic is null then 'unknown'
            when checks.alarm_above is null then 'told'
            else 'ok'
        end as verdict,
        checks.spoils,
        checks.meaning_ok,
        checks.meaning_alarm,
        checks.meaning_unknown,
        campaign_alarms.statistic,
        probabilities.p_value
    from campaign_alarms
    inner join checks on campaign_alarms.check_name = checks.check_name
    left join probabilities
        on
            campaign_alarms.campaign_id = probabilities.campaign_id
            and probabilities.arm = ''
            and campaign_alarms.check_name = probabilities.question

),

campaign_checks as (

    select
        campaign_id,
        check_name,
        verdict,
        case when verdict = 'alarm' then spoils end as campaign_verdict,
        case verdict
            when 'unknown' then meaning_unknown
            when 'alarm' then meaning_alarm
            else meaning_ok
        end as meaning,
        statistic,
        p_value
    from with_verdict

)

select * from campaign_checks
