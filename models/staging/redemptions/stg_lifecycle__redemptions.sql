{{ config(enabled=customer_lifecycle.has_input('redemptions')) }}

{{ customer_lifecycle.kept_rows('redemptions') }}
