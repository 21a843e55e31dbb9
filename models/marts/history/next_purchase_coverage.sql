-- What became of the intervals for the next purchase as they were at each period end. Judged are
-- those that are over: the forecast alone decides which, so whoever has not come back counts as
-- missed, and nobody is judged for having come back soon.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{%- set nominal = 0.8 %}

with as_of as (

    select as_of_date from {{ ref('lifecycle_as_of') }}

),

period_history as (

    select * from {{ ref('int_lifecycle__period_history') }}

),

period_parameters as (

    select * from {{ ref('int_lifecycle__period_parameters') }}

),

purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

next_purchase as (

    {{ customer_lifecycle.next_purchase('period_history', 'purchase_days', 'period_parameters') }}

),

intervals as (

    select
        next_purchase.as_of_date as period_end,
        next_purchase.next_purchase_basis as basis,
        next_purchase.next_purchase_on_low,
        next_purchase.next_purchase_on,
        next_purchase.next_purchase_on_high,
        -- Null while the interval is open: then there is nothing to join.
        case
            when next_purchase.next_purchase_on_high <= as_of.as_of_date
                then next_purchase.customer_id
        end as judged_customer_id
    from next_purchase
    cross join as_of
    where next_purchase.next_purchase_basis is not null

),

judged as (

    select
        intervals.*,
        purchase_days.next_purchase_on as bought_on
    from intervals
    left join purchase_days
        on
            intervals.judged_customer_id = purchase_days.customer_id
            and intervals.period_end >= purchase_days.purchased_on
            and intervals.period_end < purchase_days.next_purchase_on

),

counts as (

    select
        period_end,
        basis,
        count(judged_customer_id) as customers,
        count(*) - count(judged_customer_id) as customers_open,
        count(
            case when bought_on between next_purchase_on_low and next_purchase_on_high then 1 end
        ) as customers_within,
        count(case when bought_on <= next_purchase_on then 1 end) as customers_by_date,
        count(case when bought_on < next_purchase_on_low then 1 end) as customers_earlier,
        count(case when bought_on > next_purchase_on_high then 1 end) as customers_back_later,
        count(judged_customer_id) - count(bought_on) as customers_not_returned
    from judged
    group by period_end, basis

),

next_purchase_coverage as (

    select
        cast(basis as {{ dbt.type_string() }}) as basis,
        period_end,
        cast(customers as bigint) as customers,
        cast(customers_open as bigint) as customers_open,
        {%- for share, count in {
            'realised': 'customers_within',
            'share_by_date': 'customers_by_date',
            'share_earlier': 'customers_earlier',
            'share_later': '(customers_back_later + customers_not_returned)',
            'share_not_returned': 'customers_not_returned',
        }.items() %}
        cast({{ count }} as {{ customer_lifecycle.double_type() }})
        / nullif(customers, 0) as {{ share }},
        {%- endfor %}
        cast({{ nominal }} as {{ customer_lifecycle.double_type() }}) as nominal
    from counts

)

select * from next_purchase_coverage
