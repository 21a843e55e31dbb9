-- Do customers who came later stay better?
-- One row per cohort: its retention one, three and six periods on, against the mean of all cohorts
-- three periods on. Null: not over yet. A row of falling numbers from cohort to cohort says that
-- new customers are worth less than old ones were at the same age, whatever the totals say.
{{ config(enabled=customer_lifecycle.has_room('kpis')) }}

with

cohorts as (

    select * from {{ ref('customer_lifecycle', 'retention_cohorts') }}

),

by_cohort as (

    select
        cohort_period_end,
        max(customers) as customers,
        max(case when periods_since = 1 then retention_rate end) as retained_after_1,
        max(case when periods_since = 3 then retention_rate end) as retained_after_3,
        max(case when periods_since = 6 then retention_rate end) as retained_after_6,
        max(case when periods_since = 3 then cumulative_amount_per_customer end)
            as amount_per_customer_after_3
    from cohorts
    group by cohort_period_end

),

final as (

    select
        customers,
        retained_after_1,
        retained_after_3,
        retained_after_6,
        retained_after_3 - avg(retained_after_3) over () as against_mean_after_3,
        amount_per_customer_after_3,
        cohort_period_end
    from by_cohort

)

select * from final
order by cohort_period_end
