-- All that was spent is in one row: what getting customers has cost, and what of it does not count,
-- as in acquisition_channels; the rest as it was spent.
{{ config(
    enabled=customer_lifecycle.has_room('kpis') and customer_lifecycle.has_acquisition()
) }}
{% if customer_lifecycle.are_built([
    'acquisition_channels', 'unit_costs', 'lifecycle_as_of', 'stg_lifecycle__marketing_spend',
]) -%}
with spend as (

    {{ customer_lifecycle.spend_so_far() }}

),

unit_costs as (

    select
        coalesce(sum(case when goal = 'acquire' then coalesce(cost, 0) + spend_set_aside end), 0)
            as acquire,
        coalesce(sum(case when goal = 'retain' then cost end), 0) as retain,
        coalesce(sum(case when goal = 'win_back' then cost end), 0) as win_back
    from {{ ref('customer_lifecycle', 'unit_costs') }}

),

spent as (

    select
        coalesce(sum(case when goal = 'retain' then cost end), 0) as retain,
        coalesce(sum(case when goal = 'win_back' then cost end), 0) as win_back
    from spend

),

channels as (

    select coalesce(sum(coalesce(cost, 0) + spend_set_aside), 0) as acquire
    from {{ ref('customer_lifecycle', 'acquisition_channels') }}
    where scope = 'cohort'

)

select
    unit_costs.*,
    channels.acquire as cost_of_channels,
    spent.retain as spent_on_retain,
    spent.win_back as spent_on_win_back
from unit_costs
cross join spent
cross join channels
where
    unit_costs.acquire <> channels.acquire
    or unit_costs.retain <> spent.retain
    or unit_costs.win_back <> spent.win_back
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
