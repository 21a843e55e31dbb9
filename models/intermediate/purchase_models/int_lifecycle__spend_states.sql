-- What the spend model is fitted to, in both readings: how many customers of a segment share the
-- same number of paid days and the same amount on them.
{{ config(enabled=customer_lifecycle.has_room('purchase_models')) }}

with spend_history as (

    select * from {{ ref('int_lifecycle__spend_history') }}

),

spend_states as (

    {{ customer_lifecycle.spend_states('spend_history', ['as_of_date', 'segment']) }}

)

select * from spend_states
