{{ config(enabled=customer_lifecycle.has_input('campaign_members')) }}

{{ customer_lifecycle.kept_rows('campaign_members') }}
