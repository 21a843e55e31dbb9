-- A threshold that a var sets is that many days. It is moved up only when it does not lie above the
-- one before: then set the others too, or set it higher.
{% if customer_lifecycle.are_built(['int_lifecycle__threshold_days', 'lifecycle_as_of']) -%}
with threshold_days as (

    select * from {{ ref('int_lifecycle__threshold_days') }}
    where as_of_date = (select as_of.as_of_date from {{ ref('lifecycle_as_of') }} as as_of)

),

vars_set as (

    {% for threshold in ['at_risk_after', 'dormant_after', 'churned_after'] %}
    select
        '{{ threshold }}' as threshold,
        cast({{ customer_lifecycle.number_or_null('lifecycle_' ~ threshold) }} as integer)
            as days_set
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    threshold_days.threshold,
    threshold_days.days,
    vars_set.days_set
from threshold_days
inner join vars_set on threshold_days.threshold = vars_set.threshold
where vars_set.days_set <> threshold_days.days
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
