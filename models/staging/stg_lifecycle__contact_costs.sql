-- The contacts that are kept, one row per customer_id, contacted_on and channel.
{{ config(materialized='table') }}

{{ customer_lifecycle.kept_rows(
    'contact_costs',
    key=['customer_id', 'contacted_on', 'channel'],
    columns=['customer_id', 'contacted_on', 'channel', 'cost']
) }}
