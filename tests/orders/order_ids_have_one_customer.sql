-- An order number that begins anew each year or in each shop makes one order of two: rows of
-- several customers are kept apart, but order lines go to the first.
{{ config(severity='warn') }}

select later.order_id
from {{ ref('stg_lifecycle__orders') }} as later
inner join {{ ref('stg_lifecycle__orders') }} as first_part
    on later.order_id = first_part.order_id and first_part.part_number = 1
where later.part_number > 1 and later.customer_id <> first_part.customer_id
