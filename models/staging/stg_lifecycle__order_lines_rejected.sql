-- The order lines that are not used, with the reason.
{{ customer_lifecycle.rejected_rows('order_lines', key="order_id || '|' || line_number") }}
