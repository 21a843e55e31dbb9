select * from {{ ref('stg_lifecycle__orders_checked') }}
where rejection_reason is null
