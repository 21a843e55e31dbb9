{{ config(enabled=customer_lifecycle.has_input('customers'), materialized='table') }}

{{ customer_lifecycle.checked_rows('customers') }}
