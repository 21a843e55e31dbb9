-- The pairs of purchase days in the last active period and the most in any, of which there are few:
-- the truncated means are worked out for each.
{{ config(materialized='view', enabled=customer_lifecycle.has_room('markov')) }}

with markov_customers as (

    select * from {{ ref('int_lifecycle__markov_customers') }}

),

frequency_bounds as (

    select distinct
        frequency,
        max_frequency
    from markov_customers

)

select * from frequency_bounds
