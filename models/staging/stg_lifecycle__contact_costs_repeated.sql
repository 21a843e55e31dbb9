-- The contacts whose key occurs more than once, ranked. The first, with the largest cost, is kept.
{{ config(materialized='table') }}

{{ customer_lifecycle.repeated_rows(
    'contact_costs', key=['customer_id', 'contacted_on', 'channel'], order_by=['cost desc']
) }}
