-- The order rows that are not used, with the reason.
{{ customer_lifecycle.rejected_rows('orders', key='order_id') }}
