-- Which fits serve the customers of each segment: its own where they do, else those of all
-- customers. The purchase model is the same for all, the one that was chosen.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('purchase_models')) }}

with purchase_states as (

    select * from {{ ref('int_lifecycle__purchase_states') }}

),

fitted_parameters as (

    select * from {{ ref('int_lifecycle__fitted_parameters') }}

),

model_choice as (

    select * from {{ ref('int_lifecycle__model_choice') }}

),

spend_choice as (

    select * from {{ ref('int_lifecycle__spend_choice') }}

),

segments as (

    select distinct segment from purchase_states

),

purchase_fits as (

    select distinct fitted_parameters.segment
    from fitted_parameters
    inner join model_choice on fitted_parameters.model = model_choice.purchase_model
    where fitted_parameters.serves_forecasts

),

spend_parameters as (

    {{ customer_lifecycle.spend_parameters('fitted_parameters') }}

),

spend_fits as (

    select spend_parameters.* from spend_parameters
    inner join spend_choice on spend_parameters.spend_model = spend_choice.spend_model

),

segment_models as (

    select
        segments.segment,
        model_choice.purchase_model,
        model_choice.withheld_reason,
        case
            when model_choice.withheld_reason is null then coalesce(purchase_fits.segment, 'all')
        end as model_segment,
        spend_fits.segment as spend_segment,
        spend_fits.spend_model,
        spend_fits.p,
        spend_fits.q,
        spend_fits.k
    from segments
    cross join model_choice
    left join purchase_fits on segments.segment = purchase_fits.segment
    left join spend_fits as own_spend_fits on segments.segment = own_spend_fits.segment
    left join spend_fits on coalesce(own_spend_fits.segment, 'all') = spend_fits.segment

)

select * from segment_models
