-- Every order line with what is wrong with the row itself, if anything. Its product and category
-- may be missing.
with order_lines as (

    select * from {{ ref('base_lifecycle__order_lines') }}

),

screened as (

    select
        *,
        case
            when malformed_text is not null then 'malformed_row'
            {{ customer_lifecycle.key_reasons('order_id', 'missing_key') }}
            {{ customer_lifecycle.key_reasons('line_number', 'missing_key') }}
            {{ customer_lifecycle.money_reasons('quantity') }}
            {{ customer_lifecycle.money_reasons('amount') }}
            {{ customer_lifecycle.money_reasons('product_cost', is_required=false) }}
        end as rejection_reason
    from order_lines

)

select * from screened
