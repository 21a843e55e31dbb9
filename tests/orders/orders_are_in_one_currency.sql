-- Amounts of several currencies are added up as if they were one: convert them before.
{{ config(severity='warn') }}

select
    currency,
    count(*) as orders
from {{ ref('stg_lifecycle__orders') }}
where (
    select count(distinct every_order.currency)
    from {{ ref('stg_lifecycle__orders') }} as every_order
) > 1
group by currency
