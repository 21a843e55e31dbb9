-- The hook runs outside of the transaction: DuckDB would take several times as long inside of it.
{{ config(
    pre_hook={'sql': "{{ customer_lifecycle.load_csv('orders') }}", 'transaction': false}
) }}

{{ customer_lifecycle.read_input('orders') }}
