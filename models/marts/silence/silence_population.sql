-- Of how many customers the silence marts speak: from all that are known to those who are silent.
{%- set steps = ['known', 'bought', 'active_last_year', 'eligible', 'silent'] %}

with customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

customer_silence as (

    select * from {{ ref('customer_lifecycle', 'customer_silence') }}

),

counts as (

    select
        count(*) as known_customers,
        count(customer_silence.customer_id) as bought_customers,
        count(case when customer_silence.days_since_last_purchase < 365 then 1 end)
            as active_last_year_customers,
        count(case when customer_silence.is_eligible then 1 end) as eligible_customers,
        count(case when customer_silence.silence_status = 'silent' then 1 end)
            as silent_customers
    from customers
    left join customer_silence on customers.customer_id = customer_silence.customer_id

),

silence_population as (

    {% for step in steps %}
    select
        cast('{{ step }}' as {{ dbt.type_string() }}) as step,
        cast({{ loop.index }} as integer) as step_number,
        cast({{ step }}_customers as bigint) as customers,
        cast({{ step }}_customers as {{ customer_lifecycle.double_type() }})
        / nullif(known_customers, 0) as customer_share
    from counts
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from silence_population
