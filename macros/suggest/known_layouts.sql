{#
  Exports whose columns have names that say little by themselves, as the shop systems write them: `has`,
  the columns by which a layout is known, and `columns`, what is what; names as in column_synonyms.
  line_amount: a row is an order line, and that column what it comes to, whatever the quantity.
  All others are read by the names alone.
#}
{% macro known_layouts() %}
    {% do return([
        {
            'name': "Shopify's order export",
            'has': ['name', 'email', 'financialstatus', 'createdat', 'lineitemname'],
            'columns': {
                'order_id': 'name', 'customer_id': 'email', 'ordered_at': 'createdat',
                'amount': 'total', 'discount_amount': 'discountamount', 'channel': 'source',
                'status': 'financialstatus', 'updated_at': none,
            },
        },
        {
            'name': "Shopify's customer export",
            'has': ['customerid', 'totalspent', 'totalorders'],
            'input': 'customers',
            'columns': {'customer_id': 'customerid'},
        },
        {
            'name': "Magento's sales_order",
            'has': ['incrementid', 'basegrandtotal', 'createdat'],
            'columns': {
                'order_id': 'incrementid', 'amount': 'basegrandtotal', 'ordered_at': 'createdat',
                'currency': 'basecurrencycode', 'status': 'status',
            },
        },
        {
            'name': "Magento's order grid",
            'has': ['id', 'purchasedate', 'grandtotalbase'],
            'columns': {
                'order_id': 'id', 'amount': 'grandtotalbase', 'ordered_at': 'purchasedate',
                'customer_id': 'customeremail', 'status': 'status',
            },
        },
        {
            'name': "Amazon's order report",
            'has': ['orderid', 'orderitemid', 'itemprice', 'purchasedate'],
            'columns': {
                'order_id': 'orderid', 'customer_id': 'buyeremail', 'ordered_at': 'purchasedate',
                'channel': 'saleschannel',
            },
            'line_amount': 'itemprice',
        },
        {
            'name': "Amazon's report of all orders",
            'has': ['amazonorderid', 'purchasedate', 'itemprice'],
            'columns': {
                'order_id': 'amazonorderid', 'customer_id': 'buyeremail',
                'ordered_at': 'purchasedate', 'channel': 'saleschannel', 'status': 'orderstatus',
            },
            'line_amount': 'itemprice',
        },
        {
            'name': "Square's list of transactions",
            'has': ['date', 'transactionid', 'grosssales', 'totalcollected'],
            'columns': {
                'order_id': 'transactionid', 'customer_id': 'customerid', 'ordered_at': 'date',
                'amount': 'totalcollected', 'channel': 'source', 'discount_amount': 'discounts',
                'status': 'transactionstatus',
            },
        },
        {
            'name': "Square's list of items sold",
            'has': ['date', 'transactionid', 'grosssales', 'netsales', 'qty'],
            'columns': {
                'order_id': 'transactionid', 'customer_id': 'customerid', 'ordered_at': 'date',
            },
            'line_amount': 'netsales',
        },
        {
            'name': "PayPal's list of activities",
            'has': ['date', 'gross', 'transactionid', 'fromemailaddress'],
            'columns': {
                'order_id': 'transactionid', 'customer_id': 'fromemailaddress', 'ordered_at': 'date',
                'amount': 'gross', 'status': 'status',
            },
        },
        {
            'name': "eBay's order report",
            'has': ['ordernumber', 'buyerusername', 'saledate', 'totalprice'],
            'columns': {
                'order_id': 'ordernumber', 'customer_id': 'buyerusername', 'ordered_at': 'saledate',
                'amount': 'totalprice',
            },
        },
        {
            'name': "WooCommerce's analytics",
            'has': ['date', 'order', 'nrevenueformatted', 'status', 'customer'],
            'columns': {
                'order_id': 'order', 'customer_id': 'customer', 'ordered_at': 'date',
                'amount': 'nrevenueformatted', 'status': 'status',
            },
        },
        {
            'name': "Recharge's orders",
            'has': ['scheduledat', 'totalprice', 'customerid', 'status'],
            'columns': {
                'customer_id': 'customerid', 'ordered_at': 'processedat', 'amount': 'totalprice',
                'status': 'status',
            },
        },
    ]) %}
{% endmacro %}


{# The layout of a file, an empty one when it is none of the known ones. #}
{% macro layout_of(profiles) %}
    {% set names = profiles | map(attribute='plain_name') | list %}
    {% for layout in customer_lifecycle.known_layouts() %}
        {% if layout.has | reject('in', names) | list | length == 0 %}
            {% do return(layout) %}
        {% endif %}
    {% endfor %}
    {% do return({'name': none, 'columns': {}}) %}
{% endmacro %}
