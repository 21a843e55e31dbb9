-- The hook runs outside of the transaction: DuckDB would take several times as long inside of it.
{{ config(
    enabled=customer_lifecycle.has_input('marketing_spend'),
    pre_hook={'sql': "{{ customer_lifecycle.load_csv('marketing_spend') }}", 'transaction': false}
) }}

{{ customer_lifecycle.read_input('marketing_spend') }}
