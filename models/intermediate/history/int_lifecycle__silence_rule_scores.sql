-- What each rule of silence_rule_backtest said of the customers with at least two purchase days, at
-- the period ends that a whole horizon has followed, beside whether they then stayed away. Scores
-- rise with silence. Those that are quotients of whole numbers are one division of the two, so that
-- equal ones are equal.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('history')) }}
{%- set horizon_days = var('lifecycle_backtest_horizon') %}

with customer_silence_history as (

    select * from {{ ref('customer_lifecycle', 'customer_silence_history') }}

),

purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

period_parameters as (

    select * from {{ ref('int_lifecycle__period_parameters') }}

),

periods as (

    select * from {{ ref('int_lifecycle__backtest_periods') }}

),

came_back as (

    select
        purchase_days.customer_id,
        periods.period_end
    from purchase_days
    inner join periods
        on
            purchase_days.purchased_on <= periods.period_end
            and purchase_days.next_purchase_on > periods.period_end
            and purchase_days.next_purchase_on <= periods.horizon_end

),

fitted as (

    select
        fitted_on,
        max(case when model = 'nbd' and parameter = 'r' then estimate end) as nbd_r,
        max(case when model = 'nbd' and parameter = 'alpha' then estimate end) as nbd_alpha,
        max(case when model = 'bg_nbd' and parameter = 'r' then estimate end) as bg_nbd_r,
        max(case when model = 'bg_nbd' and parameter = 'alpha' then estimate end) as bg_nbd_alpha,
        max(case when model = 'bg_nbd' and parameter = 'a' then estimate end) as bg_nbd_a,
        max(case when model = 'bg_nbd' and parameter = 'b' then estimate end) as bg_nbd_b
    from period_parameters
    where segment = 'all' and serves_forecasts
    group by fitted_on

),

own_numbers as (

    select
        history.customer_id,
        history.period_end,
        history.purchase_days >= {{ var('lifecycle_minimum_purchases') }} as is_eligible,
        came_back.customer_id is null as stayed_away,
        history.purchase_days - 1 as gaps,
        history.days_since_last_purchase as open_gap_days,
        -- The whole number that the mean was made from.
        cast(round(history.mean_gap_days * (history.purchase_days - 1)) as integer)
            as days_first_to_last,
        history.rank_min - 1 as shorter_gaps,
        history.rank_ratio,
        history.silence_score,
        history.silence_probability,
        history.silence_basis,
        history.silence_level
    from customer_silence_history as history
    inner join periods on history.period_end = periods.period_end
    left join came_back
        on
            history.customer_id = came_back.customer_id
            and history.period_end = came_back.period_end
    where history.purchase_days >= 2

),

with_fits as (

    select
        own_numbers.*,
        fitted.nbd_r,
        fitted.nbd_alpha,
        fitted.bg_nbd_r,
        fitted.bg_nbd_alpha,
        fitted.bg_nbd_a,
        fitted.bg_nbd_b,
        {{ customer_lifecycle.weeks('days_first_to_last') }} as recency,
        {{ customer_lifecycle.weeks('days_first_to_last + open_gap_days') }} as age,
        {{ customer_lifecycle.weeks('days_first_to_last + open_gap_days + ' ~ horizon_days) }}
            as later_age
    from own_numbers
    left join fitted on own_numbers.period_end = fitted.fitted_on

),

-- To have stayed away up to T, or up to T + H, a customer has either dropped out with the last
-- purchase or waited: in BG/NBD's proportions dropped_out to waited or waited_on.
model_terms as (

    select
        *,
        power((nbd_alpha + age) / (nbd_alpha + later_age), nbd_r + gaps) as nbd_no_purchase,
        bg_nbd_a / (bg_nbd_b + gaps - 1) as dropped_out,
        power((bg_nbd_alpha + recency) / (bg_nbd_alpha + age), bg_nbd_r + gaps) as waited,
        power((bg_nbd_alpha + recency) / (bg_nbd_alpha + later_age), bg_nbd_r + gaps) as waited_on
    from with_fits

),

silence_rule_scores as (

    select
        customer_id,
        silence_level,
        silence_score as own_level_5,
        -- What the level is made from.
        case
            when silence_basis = 'own_gaps' then rank_ratio
            when silence_basis = 'pooled' then silence_probability
        end as level_4,
        cast(open_gap_days as {{ customer_lifecycle.double_type() }}) as fixed_90_days,
        cast(cast(open_gap_days as bigint) * gaps as {{ customer_lifecycle.double_type() }})
        / days_first_to_last as twice_mean_gap,
        -- The open gap is longer than the k-th shortest gap exactly when at least k gaps are
        -- shorter; the percentile is the gap at k = the cut times the gaps, rounded up.
        cast(shorter_gaps as {{ customer_lifecycle.double_type() }}) / gaps as percentile_80,
        cast(shorter_gaps as {{ customer_lifecycle.double_type() }}) / gaps as percentile_90,
        silence_probability as pooled_probability,
        dropped_out / (waited + dropped_out) as bg_nbd_not_alive,
        nbd_no_purchase,
        (waited_on + dropped_out) / (waited + dropped_out) as bg_nbd_no_purchase,
        is_eligible,
        stayed_away,
        period_end
    from model_terms

)

select * from silence_rule_scores
