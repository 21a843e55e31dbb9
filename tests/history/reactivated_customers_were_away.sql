-- A customer who is reactivated at a period end came back not long before, after a gap that was as
-- long as a dormant customer's by the threshold of that day.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{% if customer_lifecycle.are_built([
    'customer_lifecycle_history', 'int_lifecycle__history_periods',
    'int_lifecycle__purchase_days', 'int_lifecycle__thresholds',
]) -%}
with reactivated as (

    select history.*
    from {{ ref('customer_lifecycle', 'customer_lifecycle_history') }} as history
    inner join {{ ref('int_lifecycle__history_periods') }} as periods
        on history.period_end = periods.period_end
    where history.lifecycle_stage = 'reactivated' and not periods.is_frozen

),

history_periods as (

    select * from {{ ref('int_lifecycle__history_periods') }}

),

thresholds as (

    select * from {{ ref('int_lifecycle__thresholds') }}

),

long_gaps as (

    select distinct
        purchase_days.customer_id,
        history_periods.period_end
    from history_periods
    inner join thresholds on history_periods.period_end = thresholds.as_of_date
    inner join {{ ref('int_lifecycle__purchase_days') }} as purchase_days
        on
            history_periods.period_end >= purchase_days.purchased_on
            and {{ customer_lifecycle.is_lately(
                'purchase_days.purchased_on', 'history_periods.period_end'
            ) }}
            and thresholds.dormant_after <= purchase_days.gap_days

)

select
    reactivated.customer_id,
    reactivated.period_end
from reactivated
left join long_gaps
    on
        reactivated.customer_id = long_gaps.customer_id
        and reactivated.period_end = long_gaps.period_end
where long_gaps.customer_id is null
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
