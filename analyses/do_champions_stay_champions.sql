-- Of each period's champions, how many still are one, three and six periods later?
-- One row per period end. RFM scores are relative: somebody must be in the best fifth. A low share
-- after one period says that the best are those who happened to buy last, and that a programme for
-- champions should go by more than the segment.
{{ config(enabled=customer_lifecycle.has_room('history')) }}

with

history as (

    select * from {{ ref('customer_lifecycle', 'customer_rfm_history') }}

),

periods as (

    select
        period_end,
        dense_rank() over (order by period_end) as period_number
    from history
    group by period_end

),

champions as (

    select
        history.customer_id,
        periods.period_end,
        periods.period_number
    from history
    inner join periods
        on history.period_end = periods.period_end
    where history.rfm_segment = 'champions'

),

last_period as (

    select max(period_number) as period_number
    from periods

),

counted as (

    select
        champions.period_end,
        champions.period_number,
        count(distinct champions.customer_id) as champions,
        sum(case when later.period_number = champions.period_number + 1 then 1 else 0 end)
            as still_after_1,
        sum(case when later.period_number = champions.period_number + 3 then 1 else 0 end)
            as still_after_3,
        sum(case when later.period_number = champions.period_number + 6 then 1 else 0 end)
            as still_after_6
    from champions
    left join champions as later
        on champions.customer_id = later.customer_id
    group by champions.period_end, champions.period_number

),

final as (

    select
        counted.champions,
        case
            when counted.period_number + 1 <= last_period.period_number
                then 1.0 * counted.still_after_1 / counted.champions
        end as share_after_1,
        case
            when counted.period_number + 3 <= last_period.period_number
                then 1.0 * counted.still_after_3 / counted.champions
        end as share_after_3,
        case
            when counted.period_number + 6 <= last_period.period_number
                then 1.0 * counted.still_after_6 / counted.champions
        end as share_after_6,
        counted.period_end
    from counted
    cross join last_period

)

select * from final
order by period_end
