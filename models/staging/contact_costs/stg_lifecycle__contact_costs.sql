{{ config(enabled=customer_lifecycle.has_input('contact_costs')) }}

select * from {{ ref('stg_lifecycle__contact_costs_checked') }}
where rejection_reason is null
