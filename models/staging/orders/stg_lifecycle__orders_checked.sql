{{ config(materialized='table') }}

{{ customer_lifecycle.checked_rows('orders') }}
