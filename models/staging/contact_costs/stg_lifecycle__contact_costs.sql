{{ config(enabled=customer_lifecycle.has_input('contact_costs')) }}

{{ customer_lifecycle.kept_rows('contact_costs') }}
