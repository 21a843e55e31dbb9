-- The contacts that are not used, with the reason.
{%- set contacted_on = 'cast(contacted_on as ' ~ dbt.type_string() ~ ')' %}
{{ customer_lifecycle.rejected_rows(
    'contact_costs', key="customer_id || '|' || " ~ contacted_on ~ " || '|' || channel"
) }}
