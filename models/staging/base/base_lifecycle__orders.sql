{{ config(pre_hook="{{ customer_lifecycle.load_csv('orders') }}") }}

{{ customer_lifecycle.read_input('orders') }}
