-- Everybody who is on a list is in the wave of today. (The arm stays as it was when the share of
-- the controls is changed meanwhile.)
{{ config(enabled=customer_lifecycle.logs_waves()) }}

{% if customer_lifecycle.are_built(['wake_up_list', 'wake_up_assignments']) -%}
with listed as (

    select
        customer_id,
        wave
    from {{ ref('customer_lifecycle', 'wake_up_list') }}
    {%- if customer_lifecycle.has_prevention() %}
    union all
    select
        customer_id,
        wave
    from {{ ref('customer_lifecycle', 'prevention_list') }}
    {%- endif %}

),

recorded as (

    select * from {{ ref('customer_lifecycle', 'wake_up_assignments') }}

)

select
    listed.customer_id,
    listed.wave
from listed
left join recorded
    on listed.customer_id = recorded.customer_id and listed.wave = recorded.wave
where recorded.customer_id is null
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
