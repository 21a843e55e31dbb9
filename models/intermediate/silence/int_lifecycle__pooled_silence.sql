-- The same probability from everybody's gaps, for those with too few of their own.
{{ config(materialized='view') }}

with own_silence as (

    select * from {{ ref('int_lifecycle__own_silence') }}

),

fitted_parameters as (

    {{ customer_lifecycle.rows_if(
        customer_lifecycle.has_room('purchase_models'), 'int_lifecycle__fitted_parameters',
        {
            'model': dbt.type_string(), 'segment': dbt.type_string(),
            'parameter': dbt.type_string(), 'fitted_on': 'date',
            'estimate': customer_lifecycle.double_type(), 'serves_forecasts': 'boolean',
        }
    ) }}

),

pooled_silence as (

    {{ customer_lifecycle.pooled_silence('own_silence', 'fitted_parameters') }}

)

select * from pooled_silence
