-- The hook runs outside of the transaction: DuckDB would take several times as long inside of it.
{{ config(
    enabled=customer_lifecycle.has_input('order_lines'),
    pre_hook={'sql': "{{ customer_lifecycle.load_csv('order_lines') }}", 'transaction': false}
) }}

{{ customer_lifecycle.read_input('order_lines') }}
