-- What may a contact cost so that waking customers pays, by suggested action?
-- One row per action. `break_even_cost` is what one contact may cost if every tenth contacted comes
-- back and brings the value at risk: an assumption, to be replaced by what the control arm shows
-- once a wave is over.
{{ config(enabled=customer_lifecycle.has_room('activation')) }}

with

wake_up as (

    select * from {{ ref('customer_lifecycle', 'wake_up_list') }}

),

final as (

    select
        suggested_action,
        count(*) as customers,
        sum(case when arm = 'treatment' then 1 else 0 end) as customers_to_contact,
        sum(value_at_risk) as value_at_risk,
        avg(value_at_risk) as mean_value_at_risk,
        0.1 * avg(value_at_risk) as break_even_cost
    from wake_up
    group by suggested_action

)

select * from final
order by value_at_risk desc, suggested_action asc
