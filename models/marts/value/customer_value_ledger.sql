{{ config(enabled=customer_lifecycle.has_room('value')) }}
{%- set money = var('lifecycle_money_type') %}

with order_costs as (

    select * from {{ ref('int_lifecycle__order_costs') }}

),

kept_contact_costs as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('contact_costs'), 'stg_lifecycle__contact_costs',
        {'customer_id': dbt.type_string(), 'contacted_on': 'date', 'cost': 'decimal(18, 4)'}
    ) }}

),

contact_costs as (

    select * from kept_contact_costs
    where contacted_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

orders_by_period as (

    select
        customer_id,
        {{ customer_lifecycle.period_end('ordered_on') }} as period_end,
        {{ customer_lifecycle.weakest_cost_basis('cost_basis') }} as cost_basis,
        count(*) as orders,
        count(
            case when amount >= {{ var('lifecycle_minimum_purchase_amount') }} then 1 end
        ) as purchases,
        sum(amount) as amount,
        sum(product_cost) as product_cost
    from order_costs
    group by customer_id, {{ customer_lifecycle.period_end('ordered_on') }}

),

contacts_by_period as (

    select
        customer_id,
        {{ customer_lifecycle.period_end('contacted_on') }} as period_end,
        count(*) as contacts,
        sum(cost) as contact_cost
    from contact_costs
    group by customer_id, {{ customer_lifecycle.period_end('contacted_on') }}

),

customer_periods as (

    select
        coalesce(orders.customer_id, contacts.customer_id) as customer_id,
        coalesce(orders.period_end, contacts.period_end) as period_end,
        orders.cost_basis,
        cast(coalesce(orders.orders, 0) as integer) as orders,
        cast(coalesce(orders.purchases, 0) as integer) as purchases,
        cast(coalesce(contacts.contacts, 0) as integer) as contacts,
        cast(coalesce(orders.amount, 0) as {{ money }}) as amount,
        cast(coalesce(orders.product_cost, 0) as {{ money }}) as product_cost,
        cast(coalesce(contacts.contact_cost, 0) as {{ money }}) as contact_cost
    from orders_by_period as orders
    full outer join contacts_by_period as contacts
        on
            orders.customer_id = contacts.customer_id
            and orders.period_end = contacts.period_end

),

customer_value_ledger as (

    select
        customer_id,
        period_end,
        cost_basis,
        orders,
        purchases,
        contacts,
        amount,
        product_cost,
        contact_cost,
        cast(amount - product_cost - contact_cost as {{ money }}) as value,
        case
            when amount > 0
                then
                    cast(amount - product_cost as {{ customer_lifecycle.double_type() }})
                    / cast(amount as {{ customer_lifecycle.double_type() }})
        end as margin
    from customer_periods

)

select * from customer_value_ledger
