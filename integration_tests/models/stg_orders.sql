-- The shop's own model. The package has one for orders too, under a name of its own.
select
    receipt,
    member,
    sold_at,
    total
from {{ ref('receipts') }}
