{{ config(enabled=customer_lifecycle.has_input('campaign_members'), materialized='table') }}

{{ customer_lifecycle.checked_rows('campaign_members') }}
