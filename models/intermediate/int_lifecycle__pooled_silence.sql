-- The same probability from everybody's gaps, for those with too few of their own.
{{ config(materialized='view') }}

with own_silence as (

    select * from {{ ref('int_lifecycle__own_silence') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

pooled_silence as (

    {{ customer_lifecycle.pooled_silence('own_silence', 'fitted_parameters') }}

)

select * from pooled_silence
