-- What each rule of silence would have been worth at past period ends: whom it would have called
-- silent then, and who did stay away.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set double = customer_lifecycle.double_type() %}

with silence_rule_counts as (

    select * from {{ ref('int_lifecycle__silence_rule_counts') }}

),

rules as (

    select * from {{ ref('lifecycle_backtest_rules') }}

),

with_counts_below as (

    select
        *,
        customers - stayed_away as came_back,
        sum(customers - stayed_away) over (
            partition by period_end, rule
            order by score_bin
            rows between unbounded preceding and current row
        ) - (customers - stayed_away) as came_back_below,
        customers_eligible - stayed_away_eligible as came_back_eligible,
        sum(customers_eligible - stayed_away_eligible) over (
            partition by period_end, rule
            order by score_bin
            rows between unbounded preceding and current row
        ) - (customers_eligible - stayed_away_eligible) as came_back_below_eligible
    from silence_rule_counts

),

-- Mann-Whitney: pairs of one who stayed away and one who came back, in which the former has the
-- higher score; ties count half. Only rules that have a score for everybody are judged.
sums as (

    select
        period_end,
        rule,
        count(case when score_bin is null then 1 end) = 0 as is_scored,
        count(case when score_bin is null and customers_eligible > 0 then 1 end) = 0
            as is_scored_eligible,
        cast(sum(customers) as {{ double }}) as customers,
        cast(sum(stayed_away) as {{ double }}) as stayed_away,
        cast(sum(customers_eligible) as {{ double }}) as customers_eligible,
        cast(sum(stayed_away_eligible) as {{ double }}) as stayed_away_eligible,
        cast(sum(flagged) as {{ double }}) as flagged,
        cast(sum(flagged_stayed_away) as {{ double }}) as flagged_stayed_away,
        sum(
            cast(stayed_away as {{ double }})
            * (came_back_below + cast(came_back as {{ double }}) / 2)
        ) as pairs_in_order,
        sum(
            cast(stayed_away_eligible as {{ double }})
            * (came_back_below_eligible + cast(came_back_eligible as {{ double }}) / 2)
        ) as pairs_in_order_eligible,
        sum(score_sum) as score_sum,
        sum(squared_errors) as squared_errors
    from with_counts_below
    group by period_end, rule

),

silence_rule_backtest as (

    select
        sums.rule,
        sums.period_end,
        cast({{ var('lifecycle_backtest_horizon') }} as integer) as horizon_days,
        cast(rules.cut as {{ double }}) as cut,
        case
            when sums.is_scored
                then
                    sums.pairs_in_order
                    / nullif(sums.stayed_away * (sums.customers - sums.stayed_away), 0)
        end as auc,
        case
            when sums.is_scored_eligible
                then
                    sums.pairs_in_order_eligible
                    / nullif(
                        sums.stayed_away_eligible
                        * (sums.customers_eligible - sums.stayed_away_eligible),
                        0
                    )
        end as auc_eligible,
        case when sums.is_scored then sums.flagged_stayed_away / nullif(sums.flagged, 0) end
            as precision,
        case when sums.is_scored then sums.flagged_stayed_away / nullif(sums.stayed_away, 0) end
            as recall,
        -- 2 TP / (2 TP + FP + FN)
        case
            when sums.is_scored
                then 2 * sums.flagged_stayed_away / nullif(sums.flagged + sums.stayed_away, 0)
        end as f1,
        case
            when sums.is_scored and rules.is_probability then sums.squared_errors / sums.customers
        end as brier,
        case when sums.is_scored and rules.is_probability then sums.score_sum / sums.customers end
            as mean_probability,
        sums.stayed_away / sums.customers as base_rate,
        cast(sums.customers as bigint) as customers,
        cast(sums.customers_eligible as bigint) as customers_eligible,
        case when sums.is_scored then cast(sums.flagged as bigint) end as flagged,
        rules.is_probability
    from sums
    inner join rules on sums.rule = rules.rule

)

select * from silence_rule_backtest
