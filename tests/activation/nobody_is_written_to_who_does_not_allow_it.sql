-- Nobody on the audience has said no, but for what needs no consent.
{{ config(
    enabled=customer_lifecycle.has_room('activation') and customer_lifecycle.has_input('customers')
) }}

{% if customer_lifecycle.are_built([
    'wake_up_audience', 'lifecycle_contact_playbook', 'stg_lifecycle__customers',
]) -%}
with needs_consent as (

    select
        suggested_action,
        channel
    from {{ ref('customer_lifecycle', 'lifecycle_contact_playbook') }}
    group by suggested_action, channel
    having min(case when needs_consent then 1 else 0 end) = 1

)

select audience.customer_id
from {{ ref('customer_lifecycle', 'wake_up_audience') }} as audience
inner join {{ ref('stg_lifecycle__customers') }} as customers
    on audience.customer_id = customers.customer_id
inner join needs_consent
    on
        audience.suggested_action = needs_consent.suggested_action
        and audience.channel = needs_consent.channel
where not customers.marketing_consent
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
