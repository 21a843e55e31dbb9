-- What the models learnt from all customers and, where lifecycle_model_segment splits them, from
-- each segment, one row per parameter; empty when no models are fitted.
with purchase_model_parameters as (

    {{ customer_lifecycle.fitted_parameters('int_lifecycle__model_fits') }}
    {%- if customer_lifecycle.models_are_split() %}
    union all
    {{ customer_lifecycle.fitted_parameters('int_lifecycle__segment_fits') }}
    {%- endif %}

),

markov_parameters as (

    {{ customer_lifecycle.fitted_parameters('int_lifecycle__markov_fits') }}

),

fitted_parameters as (

    select * from purchase_model_parameters
    union all
    select * from markov_parameters

)

select * from fitted_parameters
