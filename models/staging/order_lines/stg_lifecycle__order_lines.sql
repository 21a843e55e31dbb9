{{ config(enabled=customer_lifecycle.has_input('order_lines')) }}

select * from {{ ref('stg_lifecycle__order_lines_checked') }}
where rejection_reason is null
