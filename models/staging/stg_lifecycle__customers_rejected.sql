-- The customer rows that are not used, with the reason.
{{ customer_lifecycle.rejected_rows('customers', key='customer_id') }}
