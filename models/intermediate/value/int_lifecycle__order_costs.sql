-- What the goods of each order cost: as the order says, else as its lines say if each of them does,
-- else the share of the amount that lifecycle_gross_margin leaves for them (of a refund, too: the
-- goods come back). A view, since it adds little to a pass over the orders.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('value')) }}
{%- set money = var('lifecycle_money_type') %}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

order_lines as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_input('order_lines'), 'stg_lifecycle__order_lines_checked',
        {
            'order_id': dbt.type_string(), 'product_cost': 'decimal(18, 4)',
            'repeat_rank': 'bigint', 'fault': dbt.type_string(),
        }
    ) }}

),

line_costs as (

    -- A rejected line is one whose cost is not known: the others alone would make the order cheap.
    -- One that only repeats another is not.
    select
        order_id,
        cast(sum(product_cost) as {{ money }}) as product_cost
    from order_lines
    where repeat_rank = 1
    group by order_id
    having count(*) = count(case when fault is null then product_cost end)

),

order_costs as (

    select
        orders.order_id,
        orders.customer_id,
        orders.part_number,
        case
            when orders.product_cost is not null then 'product_cost'
            when line_costs.product_cost is not null then 'order_lines'
            else '{{ "none" if var("lifecycle_gross_margin") == 1 else "gross_margin_var" }}'
        end as cost_basis,
        orders.amount,
        -- Decimals multiply exactly, and the cast rounds half away from zero.
        coalesce(
            orders.product_cost,
            line_costs.product_cost,
            cast(orders.amount * (1 - {{ var('lifecycle_gross_margin') }}) as {{ money }})
        ) as product_cost,
        orders.ordered_on
    from orders
    -- Its lines are those of the order itself, and not of the refunds that bear its id.
    left join line_costs on orders.order_id = line_costs.order_id and orders.part_number = 1

)

select * from order_costs
