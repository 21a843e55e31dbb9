-- int_lifecycle__customers as it was at each period end: one row per customer known by then.
{{ customer_lifecycle.history_config('history', 'as_of_date') }}
{%- set window_days = var('lifecycle_rfm_window_days', none) %}

with missing_periods as (

    {{ customer_lifecycle.missing_periods('as_of_date') }}

),

order_periods as (

    select * from {{ ref('int_lifecycle__order_periods') }}

),

{% if window_days is not none %}
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
{% endif %}

order_totals as (

    -- The last period with an order by then holds the sums up to then.
    select
        order_periods.customer_id,
        missing_periods.period_end as as_of_date,
        order_periods.first_order_on,
        order_periods.orders_so_far as orders,
        order_periods.net_amount_so_far as net_amount,
        {% if window_days is none -%}
        order_periods.net_amount_so_far as net_amount_in_window
        {%- else -%}
        amounts_in_window.net_amount as net_amount_in_window
        {%- endif %}
    from order_periods
    inner join missing_periods
        on
            order_periods.period_started_on <= missing_periods.period_end
            and (
                order_periods.next_period_started_on is null
                or order_periods.next_period_started_on > missing_periods.period_end
            )
    {% if window_days is not none -%}
    left join amounts_in_window
        on
            order_periods.customer_id = amounts_in_window.customer_id
            and missing_periods.period_end = amounts_in_window.period_end
    {%- endif %}

),

registrations as (

    {{ customer_lifecycle.registrations() }}

),

registered as (

    select
        registrations.*,
        missing_periods.period_end as as_of_date
    from registrations
    inner join missing_periods on registrations.registered_on <= missing_periods.period_end

),

customers as (

    {{ customer_lifecycle.known_customers('order_totals', 'registered') }}

),

period_customers as (

    select
        customers.*,
        missing_periods.history_version
    from customers
    inner join missing_periods on customers.as_of_date = missing_periods.period_end

)

select * from period_customers
