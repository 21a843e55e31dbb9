{{ config(enabled=customer_lifecycle.has_input('offers'), materialized='table') }}

{{ customer_lifecycle.checked_rows('offers') }}
