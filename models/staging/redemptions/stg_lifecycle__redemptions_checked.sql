{{ config(enabled=customer_lifecycle.has_input('redemptions'), materialized='table') }}

{{ customer_lifecycle.checked_rows('redemptions') }}
