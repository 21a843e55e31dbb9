{{ config(enabled=customer_lifecycle.has_input('campaigns')) }}

{{ customer_lifecycle.kept_rows('campaigns') }}
