-- What the models learnt from all customers and, where lifecycle_model_segment splits them, from
-- each segment, one row per parameter; empty when no models are fitted.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_model_parameters as (

    {{ customer_lifecycle.fitted_parameters('int_lifecycle__model_fits') }}
    {%- if customer_lifecycle.models_are_split() %}
    union all
    {{ customer_lifecycle.fitted_parameters('int_lifecycle__segment_fits') }}
    {%- endif %}

),

fitted_parameters as (

    select * from purchase_model_parameters
    {%- if customer_lifecycle.has_room('markov') %}
    union all
    {{ customer_lifecycle.fitted_parameters('int_lifecycle__markov_fits') }}
    {%- endif %}

)

select * from fitted_parameters
