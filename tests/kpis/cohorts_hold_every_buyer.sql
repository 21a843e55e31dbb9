-- Every customer who has bought is in one cohort.
{{ config(enabled=customer_lifecycle.has_room('kpis')) }}
{% if customer_lifecycle.are_built(['customer_silence', 'retention_cohorts']) -%}
with retention_cohorts as (

    select * from {{ ref('customer_lifecycle', 'retention_cohorts') }}

),

cohort_sizes as (

    select
        cohort_period_end,
        max(customers) as customers
    from retention_cohorts
    group by cohort_period_end

),

cohorts as (

    select sum(customers) as customers from cohort_sizes

),

buyers as (

    select count(*) as customers from {{ ref('customer_lifecycle', 'customer_silence') }}

)

select
    cohorts.customers as customers_in_cohorts,
    buyers.customers as buyers
from cohorts
cross join buyers
where coalesce(cohorts.customers, 0) <> buyers.customers
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
