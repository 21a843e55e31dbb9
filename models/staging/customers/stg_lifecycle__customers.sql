{{ config(enabled=customer_lifecycle.has_input('customers')) }}

select * from {{ ref('stg_lifecycle__customers_checked') }}
where rejection_reason is null
