{{ config(enabled=customer_lifecycle.has_input('contact_costs'), materialized='table') }}

{{ customer_lifecycle.checked_rows('contact_costs') }}
