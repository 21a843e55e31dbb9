{{ config(pre_hook="{{ customer_lifecycle.load_csv('customers') }}") }}

{{ customer_lifecycle.read_input('customers') }}
