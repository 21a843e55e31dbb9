{{ config(enabled=customer_lifecycle.has_input('campaigns'), materialized='table') }}

{{ customer_lifecycle.checked_rows('campaigns') }}
