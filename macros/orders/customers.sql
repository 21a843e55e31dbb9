{#
  Select: everybody the company knows at an as-of date, from their orders, from the customers input,
  or both. `order_totals` has one row per customer with orders and as-of date, `registered` one per
  registration and as-of date. Refunds and orders below the purchase minimum count in the money, not
  as purchases.
#}
{% macro known_customers(order_totals, registered) -%}
    {%- set money = var('lifecycle_money_type') -%}
    select
        coalesce(order_totals.customer_id, registered.customer_id) as customer_id,
        coalesce(order_totals.as_of_date, registered.as_of_date) as as_of_date,
        registered.registered_on,
        order_totals.first_order_on,
        least(
            coalesce(registered.registered_on, order_totals.first_order_on),
            coalesce(order_totals.first_order_on, registered.registered_on)
        ) as known_since,
        cast(coalesce(order_totals.orders, 0) as integer) as orders,
        cast(coalesce(order_totals.net_amount, 0) as {{ money }}) as net_amount,
        cast(coalesce(order_totals.net_amount_in_window, 0) as {{ money }})
            as net_amount_in_window
    from {{ order_totals }} as order_totals
    full outer join {{ registered }} as registered
        on
            order_totals.customer_id = registered.customer_id
            and order_totals.as_of_date = registered.as_of_date
{%- endmacro %}


{# Select: who has registered, and when; nobody without the customers input. #}
{% macro registrations() -%}
    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('customers'), 'stg_lifecycle__customers',
        {'customer_id': dbt.type_string(), 'registered_on': 'date'}
    ) }}
{%- endmacro %}
