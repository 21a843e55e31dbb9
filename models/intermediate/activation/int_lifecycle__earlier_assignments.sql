-- Who was on a list in the builds before this one. The record is looked up and not referenced,
-- since it is written from the lists that ask here.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('activation')) }}
{%- set record = customer_lifecycle.stored_model('wake_up_assignments') %}

{% if record and customer_lifecycle.logs_waves() -%}
select
    list_name,
    customer_id,
    wave,
    assigned_on
from {{ record }}
{%- else -%}
{%- set text = dbt.type_string() -%}
select
    cast(null as {{ text }}) as list_name,
    cast(null as {{ text }}) as customer_id,
    cast(null as {{ text }}) as wave,
    cast(null as date) as assigned_on
from (select 1 as number) as no_row
where false
{%- endif %}
