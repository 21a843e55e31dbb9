-- Contacts of people who are neither in the orders nor in the customers nor members of a campaign are nobody's
-- cost.
{{ config(severity='warn', enabled=customer_lifecycle.has_input('contact_costs')) }}
{%- set has_members = customer_lifecycle.has_input('campaign_members') and customer_lifecycle.has_input('campaigns') %}

{% if customer_lifecycle.are_built(
    ['stg_lifecycle__contact_costs', 'int_lifecycle__customers']
    + (['stg_lifecycle__campaign_members'] if has_members else [])
) -%}
with members as (

    select distinct customer_id
    from (
        {{ customer_lifecycle.rows_if(
            has_members, 'stg_lifecycle__campaign_members', {'customer_id': dbt.type_string()}
        ) }}
    ) as campaign_members

)

select child.customer_id
from {{ ref('stg_lifecycle__contact_costs') }} as child
left join {{ ref('int_lifecycle__customers') }} as parent on child.customer_id = parent.customer_id
left join members on child.customer_id = members.customer_id
where parent.customer_id is null and members.customer_id is null
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
