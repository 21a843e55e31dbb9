{{ config(enabled=customer_lifecycle.has_input('marketing_spend'), materialized='table') }}

{{ customer_lifecycle.checked_rows('marketing_spend') }}
