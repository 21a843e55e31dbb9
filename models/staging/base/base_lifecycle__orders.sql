-- Outside of the transaction, in which DuckDB would take several times as long to load a CSV file.
{{ config(pre_hook={'sql': "{{ customer_lifecycle.load_csv('orders') }}", 'transaction': false}) }}

{{ customer_lifecycle.read_input('orders') }}
