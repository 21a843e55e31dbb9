{#
  The input contract: the columns of each input and what they hold.
  key     text that identifies or joins; a whole number stored as a float loses its ".0"
  text    text
  moment  date or timestamp, in the calendar of lifecycle_timezone; a required one, <name>_at, also
          comes as the calendar day <name>_on
  day     the calendar day of such a moment
  money   decimal(18, 4), times lifecycle_amount_factor; where parts are added up, lifecycle_money_type
  number  decimal(18, 4): how much of something, and no money
  flag    boolean
  And of its rows:
  row_key      the columns that no two kept rows share
  told_apart_by  optional columns that are part of that key as well, in which none is a value, too
  kept_first   which of several rows with one key is kept: the first in this order, in which the last
               word is the row's position; is_excluded is 1 for a status that is left out
  has_parts    rows of one key that differ are told apart by lifecycle_repeated_orders
  day          its calendar day, if it has one; without, belongs_to is the input whose row, of the same
               key, has it
  far_days     whether a day far from all others is rejected
  never_missing  columns beside the key without which a row says nothing, each with the reason
  some_of      columns that hold some of these values, in any case, and no others, with the reason
  not_below_0  amounts that are at least 0, each with the reason
  one_value    columns in which all rows of one key agree, each with the reason why none is kept
               where they do not
  refers_to    the input whose kept rows a row belongs to: by which column (key), the reason of a row
               that belongs to none, and days that lie at most on a day of that row (not_after), with
               the reason
  passthrough  columns that begin so are carried to customer_360_extended unchanged
  Everything else follows from it: a row is rejected when a key or a required moment, day or amount
  is missing or cannot be read. An optional value that cannot be read is null and counted. Adding an input: docs/contributing.md.
#}
{% macro input_contract() %}
    {% do return({
        'orders': {
            'required': {
                'order_id': 'key', 'customer_id': 'key', 'ordered_at': 'moment', 'amount': 'money',
            },
            'optional': {
                'product_cost': 'money', 'discount_amount': 'money', 'channel': 'text',
                'currency': 'text', 'status': 'text', 'updated_at': 'moment',
            },
            'row_key': ['order_id'],
            'kept_first': [
                'updated_at desc nulls last', 'ordered_at desc', 'is_excluded desc',
                'amount desc nulls last', 'customer_id asc',
                'product_cost desc nulls last', 'discount_amount desc nulls last',
                'channel asc nulls last', 'currency asc nulls last', 'status asc nulls last',
            ],
            'day': 'ordered_on',
            'has_parts': true,
            'far_days': true,
        },
        'customers': {
            'required': {'customer_id': 'key', 'registered_at': 'moment'},
            'optional': {
                'acquisition_channel': 'text', 'acquisition_cost': 'money', 'birth_date': 'moment',
                'region': 'text', 'status': 'text', 'marketing_consent': 'flag',
            },
            'row_key': ['customer_id'],
            'kept_first': [
                'registered_at asc', 'acquisition_channel asc nulls last',
                'acquisition_cost desc nulls last', 'birth_date asc nulls last',
                'region asc nulls last', 'status asc nulls last', 'marketing_consent asc nulls last',
            ],
            'day': 'registered_on',
            'passthrough': 'x_',
        },
        'order_lines': {
            'required': {
                'order_id': 'key', 'line_number': 'key', 'product_id': 'key', 'category': 'text',
                'quantity': 'number', 'amount': 'money',
            },
            'optional': {'product_cost': 'money'},
            'row_key': ['order_id', 'line_number'],
            'kept_first': [
                'amount desc', 'quantity desc', 'product_cost desc nulls last',
                'product_id asc nulls last', 'category asc nulls last',
            ],
            'belongs_to': 'orders',
        },
        'contact_costs': {
            'required': {
                'customer_id': 'key', 'contacted_on': 'day', 'channel': 'key', 'cost': 'money',
            },
            'optional': {'campaign_id': 'key'},
            'row_key': ['customer_id', 'contacted_on', 'channel'],
            'told_apart_by': ['campaign_id'],
            'kept_first': ['cost desc', 'campaign_id asc nulls last'],
            'day': 'contacted_on',
        },
        'campaigns': {
            'required': {'campaign_id': 'key', 'name': 'text', 'starts_on': 'day'},
            'optional': {
                'ends_on': 'day', 'kind': 'text', 'channel': 'text', 'unit_cost': 'money',
                'fixed_cost': 'money', 'window_days': 'number', 'is_randomised': 'flag',
            },
            'row_key': ['campaign_id'],
            'kept_first': [
                'starts_on asc', 'ends_on desc nulls last', 'name asc nulls last',
                'kind asc nulls last', 'channel asc nulls last', 'unit_cost desc nulls last',
                'fixed_cost desc nulls last', 'window_days desc nulls last',
                'is_randomised asc nulls last',
            ],
            'day': 'starts_on',
        },
        'campaign_members': {
            'required': {'campaign_id': 'key', 'customer_id': 'key', 'arm': 'key'},
            'optional': {
                'assigned_on': 'day', 'planned_share': 'number', 'stratum': 'text',
                'probability_purchase': 'number', 'expected_amount': 'money',
            },
            'row_key': ['campaign_id', 'customer_id'],
            'kept_first': [
                'assigned_on asc nulls last', 'arm asc', 'planned_share desc nulls last',
                'stratum asc nulls last', 'probability_purchase desc nulls last',
                'expected_amount desc nulls last',
            ],
            'belongs_to': 'campaigns',
            'never_missing': {'arm': 'missing_arm'},
            'one_value': {'arm': 'two_arms'},
            'refers_to': {
                'input': 'campaigns', 'key': 'campaign_id', 'reason': 'unknown_campaign',
                'not_after': {'assigned_on': 'ends_on'}, 'late_reason': 'assigned_after_end',
            },
        },
        'offers': {
            'required': {'offer_id': 'key', 'name': 'text'},
            'optional': {
                'campaign_id': 'key', 'kind': 'text', 'unit_cost': 'money', 'starts_on': 'day',
                'ends_on': 'day',
            },
            'row_key': ['offer_id'],
            'kept_first': [
                'starts_on asc nulls last', 'ends_on desc nulls last', 'name asc nulls last',
                'campaign_id asc nulls last', 'kind asc nulls last', 'unit_cost desc nulls last',
            ],
        },
        'redemptions': {
            'required': {
                'redemption_id': 'key', 'offer_id': 'key', 'customer_id': 'key', 'redeemed_on': 'day',
            },
            'optional': {'order_id': 'key', 'cost': 'money'},
            'row_key': ['redemption_id'],
            'kept_first': [
                'redeemed_on asc', 'customer_id asc', 'offer_id asc', 'cost desc nulls last',
                'order_id asc nulls last',
            ],
            'day': 'redeemed_on',
            'refers_to': {'input': 'offers', 'key': 'offer_id', 'reason': 'unknown_offer'},
        },
        'marketing_spend': {
            'required': {
                'spend_id': 'key', 'period_start': 'day', 'goal': 'text', 'cost': 'money',
            },
            'optional': {'channel': 'text', 'campaign_id': 'key'},
            'row_key': ['spend_id'],
            'kept_first': [
                'period_start asc', 'cost desc', 'goal asc', 'channel asc nulls last',
                'campaign_id asc nulls last',
            ],
            'day': 'period_start',
            'some_of': {
                'goal': {'values': customer_lifecycle.spend_goals(), 'reason': 'unknown_goal'},
            },
            'not_below_0': {'cost': 'negative_cost'},
        },
    }) %}
{% endmacro %}


{# The columns of an input with their kinds, required ones first. #}
{% macro input_columns(input) %}
    {% set contract = customer_lifecycle.input_contract()[input] %}
    {% do return(dict(contract.required, **contract.optional)) %}
{% endmacro %}


{# What money can be spent for, as the goal of marketing_spend says. #}
{% macro spend_goals() %}{% do return(['acquire', 'retain', 'win_back']) %}{% endmacro %}
