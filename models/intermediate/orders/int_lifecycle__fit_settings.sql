-- What the fits are told beside the rows that they read. Where they run beside dbt, the stamp says
-- of which purchases and vars they are, so that yesterday's are not taken for today's.
{{
    config(
        materialized=('view' if customer_lifecycle.fits_are_in_dbt() else 'table'),
        enabled=customer_lifecycle.has_python(),
    )
}}
{%- set double, in_dbt = customer_lifecycle.double_type(), customer_lifecycle.fits_are_in_dbt() %}

with purchases as (

    {% if in_dbt -%}
    select 0 as customers
    {%- else -%}
    {{ customer_lifecycle.purchases_of_fits() }}
    {%- endif %}

),

as_of as (

    -- One row, also where nothing is built but the graph.
    select max(as_of_date) as as_of_date from {{ ref('lifecycle_as_of') }}

),

fit_settings as (

    select
        as_of.as_of_date,
        cast({{ var('lifecycle_minimum_fit_customers') }} as integer) as minimum_customers,
        cast({{ var('lifecycle_annual_discount_rate') }} as {{ double }}) as annual_discount_rate,
        cast({{ customer_lifecycle.periods_per_year() }} as {{ double }}) as periods_per_year,
        cast({{ var('lifecycle_value_horizon_periods') }} as integer) as horizon_periods,
        cast({{ var('lifecycle_recency_cap') }} as integer) as recency_cap,
        cast({{ var('lifecycle_frequency_cap') }} as integer) as frequency_cap,
        cast({{ var('lifecycle_correction_gap_shares') | length }} as integer) as rarities,
        '{{ var("lifecycle_correction_repeat_purchases") | join(" ") }}' as repeat_classes,
        {{ 'null' if in_dbt else customer_lifecycle.fit_stamp('as_of.as_of_date', 'purchases') }}
            as fit_stamp
    from as_of
    cross join purchases

)

select * from fit_settings
