-- How much of the amount do the best customers bring?
-- One row per share of the customers. With 0.2 → 0.8 the shop lives by few: losing one of them
-- hurts, and averages over all customers say little. With 0.2 → 0.4 it lives by many.
{{ config(enabled=customer_lifecycle.has_room('value')) }}

with

customers as (

    select * from {{ ref('customer_lifecycle', 'customer_value') }}

),

ranked as (

    select
        historic_amount,
        row_number() over (order by historic_amount desc, customer_id asc) as place,
        count(*) over () as customers,
        sum(historic_amount) over () as amount
    from customers

),

shares as (

    select 0.01 as share_of_customers
    union all
    select 0.05 as share_of_customers
    union all
    select 0.10 as share_of_customers
    union all
    select 0.20 as share_of_customers
    union all
    select 0.50 as share_of_customers

),

final as (

    select
        shares.share_of_customers,
        sum(
            case
                when ranked.place <= shares.share_of_customers * ranked.customers
                    then ranked.historic_amount
                else 0
            end
        ) as historic_amount,
        sum(
            case
                when ranked.place <= shares.share_of_customers * ranked.customers
                    then ranked.historic_amount
                else 0
            end
        ) / max(ranked.amount) as share_of_amount
    from shares
    cross join ranked
    group by shares.share_of_customers

)

select * from final
order by share_of_customers
