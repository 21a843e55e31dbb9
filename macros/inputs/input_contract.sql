{#
  The input contract: the columns of each input and what they hold.
  key     text that identifies or joins; a whole number stored as a float loses its ".0"
  text    text
  moment  date or timestamp, in the calendar of lifecycle_timezone
  day     the calendar day of such a moment
  money   decimal(18, 4)
  flag    boolean
  passthrough: columns that begin so are carried to customer_360_extended unchanged.
#}
{% macro input_contract() %}
    {% do return({
        'orders': {
            'required': {
                'order_id': 'key', 'customer_id': 'key', 'ordered_at': 'moment', 'amount': 'money',
            },
            'optional': {
                'product_cost': 'money', 'discount_amount': 'money', 'channel': 'text',
                'currency': 'text', 'updated_at': 'moment',
            },
        },
        'customers': {
            'required': {'customer_id': 'key', 'registered_at': 'moment'},
            'optional': {
                'acquisition_channel': 'text', 'acquisition_cost': 'money', 'birth_date': 'moment',
                'region': 'text', 'marketing_consent': 'flag',
            },
            'passthrough': 'x_',
        },
        'order_lines': {
            'required': {
                'order_id': 'key', 'line_number': 'key', 'product_id': 'key', 'category': 'text',
                'quantity': 'money', 'amount': 'money',
            },
            'optional': {'product_cost': 'money'},
        },
        'contact_costs': {
            'required': {
                'customer_id': 'key', 'contacted_on': 'day', 'channel': 'key', 'cost': 'money',
            },
            'optional': {},
        },
    }) %}
{% endmacro %}
