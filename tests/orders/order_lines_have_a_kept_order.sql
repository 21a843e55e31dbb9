-- Lines whose order is not among the kept ones say nothing of any order.
{{ config(severity='warn', enabled=customer_lifecycle.has_input('order_lines')) }}

{% if customer_lifecycle.are_built(['stg_lifecycle__order_lines', 'stg_lifecycle__orders']) -%}
select child.order_id
from {{ ref('stg_lifecycle__order_lines') }} as child
left join {{ ref('stg_lifecycle__orders') }} as parent on child.order_id = parent.order_id
where parent.order_id is null
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
