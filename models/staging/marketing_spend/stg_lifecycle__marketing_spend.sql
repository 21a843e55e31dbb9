{{ config(enabled=customer_lifecycle.has_input('marketing_spend')) }}

{{ customer_lifecycle.kept_rows('marketing_spend') }}
