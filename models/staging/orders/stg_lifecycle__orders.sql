{{ customer_lifecycle.kept_rows('orders') }}
