-- Who was on a list in the builds before this one. The record is looked up and not referenced: it
-- is written from the lists that ask here, and what is measured must not wait for today's lists.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('activation')) }}
{%- set record = customer_lifecycle.stored_model('wake_up_assignments') %}
{%- set text, double = dbt.type_string(), customer_lifecycle.double_type() %}
{%- set columns = {
    'list_name': text, 'customer_id': text, 'wave': text, 'arm': text, 'planned_share': double,
    'lasting_control_share': double, 'probability_purchase_90d': double,
    'expected_amount_90d': var('lifecycle_money_type'), 'is_lasting_control': 'boolean',
    'assigned_on': 'date',
} %}

{% if record and customer_lifecycle.logs_waves() -%}
select {{ columns.keys() | join(', ') }} from {{ record }}
{%- else -%}
{{ customer_lifecycle.rows_if(false, '', columns) }}
{%- endif %}
