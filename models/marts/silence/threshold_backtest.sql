-- How many of those whom each rule for the thresholds would have called silent a horizon ago have
-- come back since: what a rule makes of the days is learnt from what was known then.
{%- set double = customer_lifecycle.double_type() %}

with threshold_candidates as (

    select * from {{ ref('int_lifecycle__threshold_candidates') }}

),

threshold_dates as (

    select * from {{ ref('int_lifecycle__threshold_dates') }}
    where is_held_out

),

threshold_days as (

    select * from {{ ref('int_lifecycle__threshold_days') }}
    where
        as_of_date is null
        or as_of_date = (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

gap_lengths as (

    select * from {{ ref('int_lifecycle__gap_lengths') }}

),

learnt_then as (

    select threshold_candidates.*
    from threshold_candidates
    inner join threshold_dates
        on threshold_candidates.as_of_date = threshold_dates.as_of_date

),

days_by_rule as (

    {% for rule in ['return_curve', 'quantile', 'default'] -%}
    select
        as_of_date,
        threshold,
        threshold_number,
        return_share,
        '{{ rule }}' as rule,
        {{ rule }}_days as days
    from learnt_then
    union all
    {% endfor -%}
    {% for threshold in ['at_risk_after', 'dormant_after', 'churned_after'] -%}
    select
        as_of_date,
        threshold,
        threshold_number,
        return_share,
        'var' as rule,
        cast({{ customer_lifecycle.number_or_null('lifecycle_' ~ threshold) }} as integer) as days
    from learnt_then
    where threshold = '{{ threshold }}'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- The gaps that were open then are the customers of that day, and those that have ended since are
-- the customers who came back.
open_then as (

    select
        {{ customer_lifecycle.days_between(
            'gap_lengths.started_on', 'threshold_dates.as_of_date'
        ) }} as silent_days,
        gap_lengths.gaps as customers,
        case when gap_lengths.ended_on is null then 0 else gap_lengths.gaps end as returned
    from threshold_dates
    inner join gap_lengths
        on
            threshold_dates.as_of_date >= gap_lengths.started_on
            and (
                gap_lengths.ended_on is null
                or threshold_dates.as_of_date < gap_lengths.ended_on
            )

),

by_silent_days as (

    select
        silent_days,
        sum(customers) as customers,
        sum(returned) as returned
    from open_then
    group by silent_days

),

counted as (

    select
        days_by_rule.threshold,
        days_by_rule.rule,
        days_by_rule.threshold_number,
        days_by_rule.days,
        days_by_rule.return_share,
        days_by_rule.as_of_date,
        sum(by_silent_days.customers) as customers,
        sum(by_silent_days.returned) as returned
    from days_by_rule
    left join by_silent_days
        on
            {{ customer_lifecycle.both_known('days_by_rule.days', 'by_silent_days.silent_days') }}
            days_by_rule.days <= by_silent_days.silent_days
    group by
        days_by_rule.threshold,
        days_by_rule.rule,
        days_by_rule.threshold_number,
        days_by_rule.days,
        days_by_rule.return_share,
        days_by_rule.as_of_date

),

threshold_backtest as (

    select
        cast(counted.threshold as {{ dbt.type_string() }}) as threshold,
        cast(counted.rule as {{ dbt.type_string() }}) as rule,
        cast(
            case
                when counted.days is null then 'not_learnt'
                when counted.customers is null then 'nobody_silent'
            end as {{ dbt.type_string() }}
        ) as reason,
        cast(counted.threshold_number as integer) as threshold_number,
        cast(counted.days as integer) as days,
        cast(counted.return_share as {{ double }}) as return_share,
        -- Days that no rule made are reached by nobody, which is not the same as by none.
        case when counted.days is not null then cast(coalesce(counted.customers, 0) as bigint) end
            as customers,
        case when counted.days is not null then cast(coalesce(counted.returned, 0) as bigint) end
            as customers_returned,
        cast(counted.returned as {{ double }}) / counted.customers as returned_share,
        coalesce(counted.rule = threshold_days.source, false) as is_rule_of_today,
        -- As far as chance can tell: three standard errors of the share that is stated.
        cast(counted.returned as {{ double }}) / counted.customers
        <= counted.return_share + 3 * sqrt(
            cast(counted.return_share * (1 - counted.return_share) as {{ double }})
            / counted.customers
        ) as is_as_stated,
        counted.as_of_date as learnt_on
    from counted
    left join threshold_days on counted.threshold = threshold_days.threshold
    where counted.rule <> 'var' or counted.days is not null

)

select * from threshold_backtest
