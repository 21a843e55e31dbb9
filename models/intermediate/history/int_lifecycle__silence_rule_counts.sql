-- How many customers have which score by which rule, and how many of them then stayed away. All
-- that silence_rule_backtest says is made from these rows.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set rules = [
    'own_level_5', 'level_4', 'fixed_90_days', 'twice_mean_gap', 'percentile_80', 'percentile_90',
    'pooled_probability', 'bg_nbd_not_alive', 'nbd_no_purchase', 'bg_nbd_no_purchase',
] %}

with silence_rule_scores as (

    select * from {{ ref('int_lifecycle__silence_rule_scores') }}

),

rules as (

    select
        rule,
        cast(cut as {{ customer_lifecycle.double_type() }}) as cut
    from {{ ref('lifecycle_backtest_rules') }}

),

scores_by_rule as (

    select
        scores.period_end,
        rules.rule,
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
        *,
        case when rule = 'level_4' then silence_level else score end >= cut as is_flagged
    from scores_by_rule

),

silence_rule_counts as (

    select
        rule,
        score,
        count(*) as customers,
        count(case when stayed_away then 1 end) as stayed_away,
        count(case when is_eligible then 1 end) as customers_eligible,
        count(case when is_eligible and stayed_away then 1 end) as stayed_away_eligible,
        count(case when is_flagged then 1 end) as flagged,
        count(case when is_flagged and stayed_away then 1 end) as flagged_stayed_away,
        period_end
    from flags
    group by period_end, rule, score

)

select * from silence_rule_counts
