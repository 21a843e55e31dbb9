-- The hook runs outside of the transaction: DuckDB would take several times as long inside of it.
{{ config(
    enabled=customer_lifecycle.has_input('offers'),
    pre_hook={'sql': "{{ customer_lifecycle.load_csv('offers') }}", 'transaction': false}
) }}

{{ customer_lifecycle.read_input('offers') }}
