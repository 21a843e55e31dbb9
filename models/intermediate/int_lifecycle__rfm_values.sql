-- Recency, frequency and monetary value of every customer who has bought.
with purchase_history as (

    select * from {{ ref('int_lifecycle__purchase_history') }}

),

customers as (

    select * from {{ ref('int_lifecycle__customers') }}

),

rfm_values as (

    select
        purchase_history.customer_id,
        purchase_history.days_since_last_purchase as recency_days,
        purchase_history.purchase_days_in_window as frequency,
        {% if var('lifecycle_rfm_monetary') == 'average' -%}
        cast(
            customers.net_amount_in_window / nullif(purchase_history.purchase_days_in_window, 0)
            as decimal(18, 4)
        ) as monetary,
        {%- else -%}
        customers.net_amount_in_window as monetary,
        {%- endif %}
        cast(
            customers.net_amount_in_window / nullif(purchase_history.purchase_days_in_window, 0)
            as decimal(18, 4)
        ) as average_amount
    from purchase_history
    inner join customers on purchase_history.customer_id = customers.customer_id

)

select * from rfm_values
