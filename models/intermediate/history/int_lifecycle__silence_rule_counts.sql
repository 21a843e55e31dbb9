-- How many customers had which score by which rule, and how many then stayed away: all that
-- silence_rule_backtest says is made from these rows. Scores are counted in bins, each 1/10,000
-- of the score wide, or of what it lacks to 1: so the rows do not grow with the customers, and the
-- order within a bin decides next to nothing (ties count half). Sums of scores are exact.
{{ customer_lifecycle.history_config(
    'history', periods='int_lifecycle__backtest_periods', version='backtest_version'
) }}
{%- set rules = [
    'own_level_5', 'level_4', 'fixed_90_days', 'twice_mean_gap', 'percentile_80', 'percentile_90',
    'pooled_probability', 'bg_nbd_not_alive', 'nbd_no_purchase', 'bg_nbd_no_purchase',
] %}

with missing_periods as (

    {{ customer_lifecycle.missing_periods(periods='int_lifecycle__backtest_periods') }}

),

silence_rule_scores as (

    select rule_scores.*
    from {{ ref('int_lifecycle__silence_rule_scores') }} as rule_scores
    inner join missing_periods on rule_scores.period_end = missing_periods.period_end

),

rules as (

    -- A number is quicker to group by than a name.
    select
        rule,
        cast(row_number() over (order by rule) as integer) as rule_number,
        cast(cut as {{ customer_lifecycle.double_type() }}) as cut
    from {{ ref('lifecycle_backtest_rules') }}

),

scores_by_rule as (

    select
        scores.period_end,
        rules.rule,
        rules.rule_number,
        rules.cut,
        case rules.rule
            {%- for rule in rules %}
            when '{{ rule }}' then scores.{{ rule }}
            {%- endfor %}
        end as score,
        scores.silence_level,
        scores.is_eligible,
        scores.stayed_away
    from silence_rule_scores as scores
    cross join rules

),

-- A quotient of whole numbers reaches a cut exactly when its double reaches the cut's: rounding
-- keeps the order and does not bridge such distances.
flags as (

    select
        period_end,
        rule_number,
        {{ customer_lifecycle.score_bin('score') }} as score_bin,
        score,
        is_eligible,
        stayed_away,
        case when rule = 'level_4' then silence_level else score end >= cut as is_flagged
    from scores_by_rule

),

counts as (

    select
        period_end,
        rule_number,
        score_bin,
        count(*) as customers,
        count(case when stayed_away then 1 end) as stayed_away,
        count(case when is_eligible then 1 end) as customers_eligible,
        count(case when is_eligible and stayed_away then 1 end) as stayed_away_eligible,
        count(case when is_flagged then 1 end) as flagged,
        count(case when is_flagged and stayed_away then 1 end) as flagged_stayed_away,
        sum(score) as score_sum,
        sum(case when stayed_away then (1 - score) * (1 - score) else score * score end)
            as squared_errors
    from flags
    group by period_end, rule_number, score_bin

),

silence_rule_counts as (

    select
        rules.rule,
        counts.score_bin,
        missing_periods.backtest_version,
        counts.customers,
        counts.stayed_away,
        counts.customers_eligible,
        counts.stayed_away_eligible,
        counts.flagged,
        counts.flagged_stayed_away,
        counts.score_sum,
        counts.squared_errors,
        counts.period_end
    from counts
    inner join rules on counts.rule_number = rules.rule_number
    inner join missing_periods on counts.period_end = missing_periods.period_end

)

select * from silence_rule_counts
