-- The condition holds on every row; on rows where it is null it says nothing. `reads` names the other
-- models that it looks at: without them in the warehouse it says nothing either.
{% test holds(model, condition, reads=[]) %}
{%- set relation = customer_lifecycle.tested(model) %}
{% if not reads or customer_lifecycle.are_built(reads + [relation.identifier]) -%}
select *
from {{ relation }}
where not ({{ condition }})
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
{% endtest %}
