-- The order lines that are kept, one row per order_id and line_number.
{{ config(materialized='table') }}

{{ customer_lifecycle.kept_rows(
    'order_lines',
    key=['order_id', 'line_number'],
    columns=[
        'order_id', 'line_number', 'product_id', 'category', 'quantity', 'amount', 'product_cost',
    ]
) }}
