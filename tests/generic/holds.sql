-- The condition holds on every row; on rows where it is null it says nothing.
{% test holds(model, condition) %}
select *
from {{ customer_lifecycle.tested(model) }}
where not ({{ condition }})
{% endtest %}
