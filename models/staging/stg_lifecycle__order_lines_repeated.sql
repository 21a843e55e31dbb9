-- The order lines whose key occurs more than once, ranked. The first is kept: the largest amount,
-- then the order of the other columns.
{{ config(materialized='table') }}

{{ customer_lifecycle.repeated_rows(
    'order_lines',
    key=['order_id', 'line_number'],
    order_by=[
        'amount desc', 'quantity desc', 'product_cost desc nulls last',
        'product_id asc nulls last', 'category asc nulls last',
    ]
) }}
