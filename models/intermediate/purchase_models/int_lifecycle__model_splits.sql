-- How much better the models of each segment fit than those of all customers; empty when no models
-- are fitted or lifecycle_model_segment splits nothing.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with model_splits as (

    {% if customer_lifecycle.models_are_split() -%}
    select * from {{ ref('int_lifecycle__split_tests') }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as model,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as bigint) as customers,
        cast(null as boolean) as is_fitted_separately,
        {%- for statistic in [
            'log_likelihood', 'log_likelihood_pooled', 'statistic', 'p_value', 'bic_gain'
        ] %}
        cast(null as {{ var('lifecycle_double_type') }}) as {{ statistic }},
        {%- endfor %}
        cast(null as bigint) as degrees_of_freedom
    where false
    {%- endif %}

)

select * from model_splits
