-- Customers who fell silent and who stayed are those of silence_migration in each period, and no
-- signal counts more of them than there are.
{{ config(enabled=customer_lifecycle.has_room('history')) }}
{% if customer_lifecycle.are_built([
    'int_lifecycle__silence_onsets', 'silence_migration', 'silence_onset_signals',
]) -%}
with migration as (

    select
        period_end,
        sum(case when to_level >= 4 then customers else 0 end) as onsets,
        sum(case when to_level < 4 then customers else 0 end) as stays
    from {{ ref('customer_lifecycle', 'silence_migration') }}
    where from_level between 0 and 3 and to_level >= 0
    group by period_end

),

silence_onsets as (

    select
        period_end,
        count(case when is_onset then 1 end) as onsets,
        count(case when not is_onset then 1 end) as stays
    from {{ ref('int_lifecycle__silence_onsets') }}
    group by period_end

),

totals as (

    select
        coalesce(sum(onsets), 0) as onsets,
        coalesce(sum(stays), 0) as stays
    from migration

)

select
    cast(coalesce(migration.period_end, silence_onsets.period_end) as {{ dbt.type_string() }})
        as differs_in
from migration
full outer join silence_onsets on migration.period_end = silence_onsets.period_end
where
    coalesce(migration.onsets, -1) <> coalesce(silence_onsets.onsets, -1)
    or coalesce(migration.stays, -1) <> coalesce(silence_onsets.stays, -1)
union all
select silence_onset_signals.signal as differs_in
from {{ ref('customer_lifecycle', 'silence_onset_signals') }} as silence_onset_signals
cross join totals
where
    silence_onset_signals.customers_onset > totals.onsets
    or silence_onset_signals.customers_stay > totals.stays
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
