-- The segments of purchase_model_segments hold every customer once, and their gains add up to that
-- of the split. A row per model that errs.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}
{% if customer_lifecycle.are_built(['purchase_model_fits', 'purchase_model_segments']) -%}
with segments as (

    select * from {{ ref('customer_lifecycle', 'purchase_model_segments') }}

),

fits as (

    select distinct
        model,
        customers,
        log_likelihood
    from {{ ref('customer_lifecycle', 'purchase_model_fits') }}
    where segment = 'all'

),

added_up as (

    select
        model,
        sum(customers) as customers,
        sum(log_likelihood_pooled) as log_likelihood_pooled,
        sum(coalesce(gain, 0)) as gain
    from segments
    where segment <> 'all'
    group by model

)

select
    added_up.*,
    fits.customers as customers_of_all,
    fits.log_likelihood as log_likelihood_of_all,
    segments.gain as gain_of_all
from added_up
inner join fits on added_up.model = fits.model
left join segments on added_up.model = segments.model and segments.segment = 'all'
where
    segments.model is null
    or added_up.customers <> segments.customers
    or added_up.customers <> fits.customers
    or abs(added_up.gain - segments.gain) > 1e-6
    or abs(added_up.log_likelihood_pooled / fits.log_likelihood - 1) > 1e-9
{%- else -%}
select not_built from (select 1 as not_built) as no_row
where false
{%- endif %}
