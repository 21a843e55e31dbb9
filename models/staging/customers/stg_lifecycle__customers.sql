{{ config(enabled=customer_lifecycle.has_input('customers')) }}

{{ customer_lifecycle.kept_rows('customers') }}
