-- Every contact with what is wrong with the row itself, if anything. A negative cost is no fault:
-- it was paid back.
with contact_costs as (

    select * from {{ ref('base_lifecycle__contact_costs') }}

),

screened as (

    select
        *,
        case
            when malformed_text is not null then 'malformed_row'
            {{ customer_lifecycle.key_reasons('customer_id', 'missing_customer') }}
            {{ customer_lifecycle.date_reasons('contacted_on') }}
            {{ customer_lifecycle.key_reasons('channel', 'missing_key') }}
            {{ customer_lifecycle.money_reasons('cost') }}
        end as rejection_reason
    from contact_costs

)

select * from screened
