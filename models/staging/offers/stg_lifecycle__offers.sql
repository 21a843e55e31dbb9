{{ config(enabled=customer_lifecycle.has_input('offers')) }}

{{ customer_lifecycle.kept_rows('offers') }}
