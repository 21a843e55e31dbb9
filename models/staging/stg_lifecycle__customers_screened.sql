-- Every customer row with what is wrong with the row itself, if anything.
with customers as (

    select * from {{ ref('base_lifecycle__customers') }}

),

screened as (

    -- All columns, since the user's own x_ columns travel along.
    select
        *,
        cast(registered_at as date) as registered_on,
        case
            when malformed_text is not null then 'malformed_row'
            {{ customer_lifecycle.key_reasons('customer_id', 'missing_key') }}
            {{ customer_lifecycle.date_reasons('registered_at') }}
            {{ customer_lifecycle.money_reasons('acquisition_cost', is_required=false) }}
            when birth_date_unread is not null then 'unreadable_date'
        end as rejection_reason
    from customers

)

select * from screened
