-- How many customers would be past each threshold if it were a quarter shorter or longer?
-- One row per threshold. When `shorter` and `longer` are far from `as_it_is`, the choice of the
-- days decides the size of the stage: set them by var only for a reason. When they are close, do
-- not argue about days.
with

thresholds as (

    select * from {{ ref('customer_lifecycle', 'dormancy_thresholds') }}

),

silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

final as (

    select
        thresholds.threshold,
        thresholds.days,
        thresholds.p_return,
        sum(case when silence.days_since_last_purchase >= 0.75 * thresholds.days then 1 else 0 end)
            as shorter,
        sum(case when silence.days_since_last_purchase >= thresholds.days then 1 else 0 end)
            as as_it_is,
        sum(case when silence.days_since_last_purchase >= 1.25 * thresholds.days then 1 else 0 end)
            as longer
    from thresholds
    cross join silence
    group by thresholds.threshold, thresholds.days, thresholds.p_return

)

select * from final
order by days
