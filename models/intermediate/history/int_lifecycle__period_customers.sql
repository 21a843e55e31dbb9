-- Everybody whom the company knew at each period end, with their money and purchases by then. The
-- last period with an order says it all, but how long ago the last purchase is and what that is
-- among the customer's own gaps.
{{ customer_lifecycle.history_config('history', 'as_of_date') }}
{%- set window_days = var('lifecycle_rfm_window_days', none) %}

with missing_periods as (

    {{ customer_lifecycle.missing_periods('as_of_date') }}

),

order_periods as (

    select * from {{ ref('int_lifecycle__order_periods') }}

),

purchase_days as (

    select * from {{ ref('int_lifecycle__purchase_days') }}

),

registrations as (

    {{ customer_lifecycle.registrations() }}

),

by_then as (

    select
        order_periods.customer_id,
        missing_periods.period_end as as_of_date,
        missing_periods.history_version,
        order_periods.first_order_on,
        order_periods.orders_so_far as orders,
        order_periods.net_amount_so_far as net_amount,
        order_periods.purchase_days_so_far as purchase_days,
        order_periods.first_purchase_on,
        order_periods.last_purchase_on,
        order_periods.longest_gap_days_so_far as max_gap_days,
        {{ customer_lifecycle.days_between(
            'order_periods.last_purchase_on', 'missing_periods.period_end'
        ) }} as days_since_last_purchase
    from order_periods
    inner join missing_periods
        on
            order_periods.period_started_on <= missing_periods.period_end
            and (
                order_periods.next_period_started_on is null
                or order_periods.next_period_started_on > missing_periods.period_end
            )

),

gaps_up_to_the_open_one as (

    -- An open gap that is longer than all others needs no counting.
    select
        by_then.customer_id,
        by_then.as_of_date,
        count(*) as gaps,
        count(
            case when purchase_days.gap_days < by_then.days_since_last_purchase then 1 end
        ) as shorter_gaps
    from by_then
    inner join purchase_days
        on
            by_then.customer_id = purchase_days.customer_id
            and by_then.as_of_date >= purchase_days.purchased_on
            and by_then.days_since_last_purchase >= purchase_days.gap_days
    where by_then.days_since_last_purchase <= by_then.max_gap_days
    group by by_then.customer_id, by_then.as_of_date

),

last_days as (

    select
        period_end,
        {{ customer_lifecycle.days_later(
            1 - (var('lifecycle_reactivated_days') | int), 'period_end'
        ) }} as lately_from
    from missing_periods

),

gaps_ended_lately as (

    select
        purchase_days.customer_id,
        last_days.period_end as as_of_date,
        max(purchase_days.gap_days) as longest_gap_days
    from purchase_days
    inner join last_days
        on purchase_days.purchased_on between last_days.lately_from and last_days.period_end
    where purchase_days.gap_days is not null
    group by purchase_days.customer_id, last_days.period_end

),

{% if window_days is not none -%}
amounts_in_window as (

    select
        orders.customer_id,
        missing_periods.period_end,
        sum(orders.amount) as net_amount
    from {{ ref('stg_lifecycle__orders') }} as orders
    inner join missing_periods
        on
            orders.ordered_on <= missing_periods.period_end
            and {{ customer_lifecycle.is_in_rfm_window(
                'orders.ordered_on', 'missing_periods.period_end'
            ) }}
    group by orders.customer_id, missing_periods.period_end

),

days_in_window as (

    select
        purchase_days.customer_id,
        missing_periods.period_end,
        count(*) as purchase_days
    from purchase_days
    inner join missing_periods
        on
            purchase_days.purchased_on <= missing_periods.period_end
            and {{ customer_lifecycle.is_in_rfm_window(
                'purchase_days.purchased_on', 'missing_periods.period_end'
            ) }}
    group by purchase_days.customer_id, missing_periods.period_end

),

{% endif -%}
with_orders as (

    select
        by_then.*,
        gaps_ended_lately.longest_gap_days as longest_gap_ended_lately,
        {% if window_days is none -%}
        by_then.net_amount as net_amount_in_window,
        by_then.purchase_days as purchase_days_in_window,
        {%- else -%}
        coalesce(amounts_in_window.net_amount, 0) as net_amount_in_window,
        case
            when by_then.purchase_days is not null then coalesce(days_in_window.purchase_days, 0)
        end as purchase_days_in_window,
        {%- endif %}
        case
            when registrations.registered_on <= by_then.as_of_date then registrations.registered_on
        end as registered_on,
        case
            when by_then.days_since_last_purchase > by_then.max_gap_days then by_then.purchase_days
            when by_then.purchase_days is not null then 1 + coalesce(counted.gaps, 0)
        end as rank_max,
        case
            when by_then.days_since_last_purchase > by_then.max_gap_days then by_then.purchase_days
            when by_then.purchase_days is not null then 1 + coalesce(counted.shorter_gaps, 0)
        end as rank_min
    from by_then
    left join registrations on by_then.customer_id = registrations.customer_id
    left join gaps_up_to_the_open_one as counted
        on
            by_then.customer_id = counted.customer_id
            and by_then.as_of_date = counted.as_of_date
    left join gaps_ended_lately
        on
            by_then.customer_id = gaps_ended_lately.customer_id
            and by_then.as_of_date = gaps_ended_lately.as_of_date
    {% if window_days is not none -%}
    left join amounts_in_window
        on
            by_then.customer_id = amounts_in_window.customer_id
            and by_then.as_of_date = amounts_in_window.period_end
    left join days_in_window
        on
            by_then.customer_id = days_in_window.customer_id
            and by_then.as_of_date = days_in_window.period_end
    {%- endif %}

),

first_orders as (

    select
        customer_id,
        min(first_order_on) as first_order_on
    from order_periods
    group by customer_id

),

without_orders as (

    select
        registrations.customer_id,
        registrations.registered_on,
        missing_periods.period_end as as_of_date,
        missing_periods.history_version
    from registrations
    inner join missing_periods on registrations.registered_on <= missing_periods.period_end
    left join first_orders on registrations.customer_id = first_orders.customer_id
    where
        first_orders.first_order_on is null
        or first_orders.first_order_on > missing_periods.period_end

),

period_customers as (

    select
        customer_id,
        history_version,
        least(coalesce(registered_on, first_order_on), first_order_on) as known_since,
        orders,
        net_amount,
        cast(net_amount_in_window as {{ var('lifecycle_money_type') }}) as net_amount_in_window,
        purchase_days,
        cast(purchase_days_in_window as integer) as purchase_days_in_window,
        first_purchase_on,
        last_purchase_on,
        days_since_last_purchase,
        {{ customer_lifecycle.days_between('first_purchase_on', 'last_purchase_on') }}
            as days_first_to_last,
        {{ customer_lifecycle.days_between('first_purchase_on', 'as_of_date') }}
            as days_since_first_purchase,
        max_gap_days,
        cast(rank_max as integer) as rank_max,
        cast(rank_min as integer) as rank_min,
        longest_gap_ended_lately,
        as_of_date
    from with_orders
    union all
    select
        customer_id,
        history_version,
        registered_on as known_since,
        0 as orders,
        cast(0 as {{ var('lifecycle_money_type') }}) as net_amount,
        cast(0 as {{ var('lifecycle_money_type') }}) as net_amount_in_window,
        cast(null as integer) as purchase_days,
        cast(null as integer) as purchase_days_in_window,
        cast(null as date) as first_purchase_on,
        cast(null as date) as last_purchase_on,
        cast(null as integer) as days_since_last_purchase,
        cast(null as integer) as days_first_to_last,
        cast(null as integer) as days_since_first_purchase,
        cast(null as integer) as max_gap_days,
        cast(null as integer) as rank_max,
        cast(null as integer) as rank_min,
        cast(null as integer) as longest_gap_ended_lately,
        as_of_date
    from without_orders

)

select * from period_customers
