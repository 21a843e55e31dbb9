-- Who comes back within the threshold horizon, by days of silence so far, at each date at which
-- thresholds are learnt. The curve is flat between two rows. Days are judged as long as enough gaps
-- were seen for a whole horizon after them.
{%- set horizon_days = var('lifecycle_threshold_horizon') | int %}
{%- set so_far = 'over (partition by as_of_date order by silent_days
    rows between unbounded preceding and current row)' %}
{%- set from_here = 'over (partition by as_of_date order by silent_days desc
    rows between unbounded preceding and current row)' %}

with gap_survival as (

    select * from {{ ref('int_lifecycle__gap_survival') }}

),

judged as (

    select
        as_of_date,
        max(case when at_risk >= {{ var('lifecycle_minimum_gaps') }} then gap_days end)
        - {{ horizon_days }} as judged_until,
        sum(at_risk - at_risk_after) as gaps
    from gap_survival
    group by as_of_date

),

-- What happens on a day counts for the silence up to that day, and a horizon earlier for the
-- silence up to the end of the horizon. So both products are running sums, and need no join.
events as (

    select
        as_of_date,
        gap_days as silent_days,
        at_risk - at_risk_after as gaps,
        log_step as log_step_from,
        greenwood_step as greenwood_step_from,
        do_all_return as do_all_return_from,
        0 as log_step_to,
        0 as greenwood_step_to,
        0 as do_all_return_to
    from gap_survival
    union all
    select
        as_of_date,
        case when gap_days > {{ horizon_days }} then gap_days - {{ horizon_days }} else 0 end
            as silent_days,
        0 as gaps,
        0 as log_step_from,
        0 as greenwood_step_from,
        0 as do_all_return_from,
        log_step as log_step_to,
        greenwood_step as greenwood_step_to,
        do_all_return as do_all_return_to
    from gap_survival

),

by_day as (

    select
        as_of_date,
        silent_days,
        sum(gaps) as gaps,
        sum(log_step_from) as log_step_from,
        sum(greenwood_step_from) as greenwood_step_from,
        sum(do_all_return_from) as do_all_return_from,
        sum(log_step_to) as log_step_to,
        sum(greenwood_step_to) as greenwood_step_to,
        sum(do_all_return_to) as do_all_return_to
    from events
    group by as_of_date, silent_days

),

running as (

    select
        as_of_date,
        silent_days,
        lead(silent_days) over (partition by as_of_date order by silent_days) as next_silent_days,
        sum(gaps) {{ so_far }} as gaps_so_far,
        sum(log_step_from) {{ so_far }} as log_survival_from,
        sum(greenwood_step_from) {{ so_far }} as greenwood_sum_from,
        sum(do_all_return_from) {{ so_far }} as days_when_all_return_from,
        sum(log_step_to) {{ so_far }} as log_survival_to,
        sum(greenwood_step_to) {{ so_far }} as greenwood_sum_to,
        sum(do_all_return_to) {{ so_far }} as days_when_all_return_to
    from by_day

),

steps as (

    select
        running.as_of_date,
        running.silent_days,
        judged.judged_until,
        judged.gaps - running.gaps_so_far as at_risk,
        case
            when running.next_silent_days <= judged.judged_until then running.next_silent_days
            else judged.judged_until + 1
        end - running.silent_days as days,
        cast(case
            when running.days_when_all_return_to > running.days_when_all_return_from then 0
            -- Equal sums that were added up to in another order differ in the last digit.
            else least(exp(running.log_survival_to - running.log_survival_from), 1)
        end as {{ customer_lifecycle.double_type() }}) as stays_silent,
        greatest(running.greenwood_sum_to - running.greenwood_sum_from, 0) as greenwood_sum
    from running
    inner join judged
        on
            running.as_of_date = judged.as_of_date
            and running.silent_days <= judged.judged_until

),

return_steps as (

    select
        as_of_date,
        silent_days,
        judged_until,
        at_risk,
        1 - stays_silent as p_return,
        least(
            1 - stays_silent
            + {{ customer_lifecycle.normal_quantile_975() }} * stays_silent * sqrt(greenwood_sum), 1
        ) as p_return_high,
        -- Of all that were silent for at least as long, each day of each gap counted once.
        sum((1 - stays_silent) * at_risk * days) {{ from_here }}
        / sum(at_risk * days) {{ from_here }} as p_return_at_least
    from steps

)

select * from return_steps
