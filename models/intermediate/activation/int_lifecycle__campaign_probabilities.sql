-- What the Python model int_lifecycle__campaign_p_values found; empty when no Python models are
-- built.
{{ config(materialized='view', enabled=customer_lifecycle.has_campaigns()) }}
{%- set text = dbt.type_string() %}

with campaign_p_values as (

    {{ customer_lifecycle.python_rows('int_lifecycle__campaign_p_values', {
        'campaign_id': text, 'arm': text, 'question': text,
        'p_value': customer_lifecycle.double_type(),
    }) }}

)

select * from campaign_p_values
