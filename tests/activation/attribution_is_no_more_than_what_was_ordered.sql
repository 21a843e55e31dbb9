-- An order day is credited to one campaign at most, and no arm is credited with orders that it has
-- not made.
{{ config(enabled=customer_lifecycle.has_campaigns()) }}

{% if customer_lifecycle.are_built(['campaign_arms', 'campaign_ledger']) -%}
select
    ledger.campaign_id,
    ledger.arm,
    ledger.attributed_orders,
    arms.orders
from {{ ref('customer_lifecycle', 'campaign_ledger') }} as ledger
inner join {{ ref('customer_lifecycle', 'campaign_arms') }} as arms
    on ledger.campaign_id = arms.campaign_id and ledger.arm = arms.arm
where ledger.attributed_orders > arms.orders
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
