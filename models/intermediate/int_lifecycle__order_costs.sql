-- What the goods of each order cost: as the order says, else as its lines say if each of them does,
-- else the share of the amount that lifecycle_gross_margin leaves for them (of a refund, too: the
-- goods come back). A view, since it adds little to a pass over the orders.
{{ config(materialized='view') }}

with orders as (

    select * from {{ ref('stg_lifecycle__orders') }}
    where ordered_on <= (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

order_lines as (

    select
        order_id,
        product_cost
    from {{ ref('stg_lifecycle__order_lines') }}
    union all
    -- A rejected line is one whose cost is not known: the others alone would make the order cheap.
    select
        order_id,
        cast(null as decimal(18, 4)) as product_cost
    from {{ ref('stg_lifecycle__order_lines_screened') }}
    where rejection_reason is not null

),

line_costs as (

    select
        order_id,
        cast(sum(product_cost) as decimal(18, 4)) as product_cost
    from order_lines
    group by order_id
    having count(*) = count(product_cost)

),

order_costs as (

    select
        orders.order_id,
        orders.customer_id,
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
            cast(orders.amount * (1 - {{ var('lifecycle_gross_margin') }}) as decimal(18, 4))
        ) as product_cost,
        orders.ordered_on
    from orders
    left join line_costs on orders.order_id = line_costs.order_id

)

select * from order_costs
