{{ config(enabled=customer_lifecycle.has_input('order_lines')) }}

{{ customer_lifecycle.kept_rows('order_lines') }}
