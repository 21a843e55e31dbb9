-- Contacts of people who are neither in the orders nor in the customers are nobody's cost.
{{ config(severity='warn', enabled=customer_lifecycle.has_input('contact_costs')) }}

{% if customer_lifecycle.are_built(['stg_lifecycle__contact_costs', 'int_lifecycle__customers']) -%}
select child.customer_id
from {{ ref('stg_lifecycle__contact_costs') }} as child
left join {{ ref('int_lifecycle__customers') }} as parent on child.customer_id = parent.customer_id
where parent.customer_id is null
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
