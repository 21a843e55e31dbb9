{{ config(enabled=customer_lifecycle.has_input('order_lines'), materialized='table') }}

{{ customer_lifecycle.checked_rows('order_lines') }}
