{#
  Runs before anything is built. A var that is wrong stops the run with a message that says what to
  write instead; all that is wrong is told at once.
#}
{% macro config_check() %}
    {% if not execute or flags.WHICH not in ('build', 'run', 'test', 'seed') %}
        {% do return('') %}
    {% endif %}
    {% set problems = [] %}
    {% set engine = customer_lifecycle.problem_of_engine(target.type, var('lifecycle_untested_engine')) %}
    {% if engine %}{% do problems.append(engine) %}{% endif %}
    {% do customer_lifecycle.check_var_names(problems) %}
    {% do customer_lifecycle.check_inputs(problems) %}
    {% do customer_lifecycle.check_reading(problems) %}
    {% do customer_lifecycle.check_dates(problems) %}
    {% do customer_lifecycle.check_choices(problems) %}
    {% do customer_lifecycle.check_model_segment(problems) %}
    {% do customer_lifecycle.check_driver_columns(problems) %}
    {% do customer_lifecycle.check_numbers(problems) %}
    {% do customer_lifecycle.check_thresholds(problems) %}
    {% do customer_lifecycle.check_horizons(problems) %}
    {% do customer_lifecycle.check_classes(problems) %}
    {% do customer_lifecycle.check_cuts(problems) %}
    {% if problems %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle cannot run with these vars:\n  - ' ~ problems | join('\n  - ')) %}
    {% endif %}
    {# Looks for the files now, so that a wrong folder or column stops the run and not a model. #}
    {% for input in customer_lifecycle.inputs() %}
        {% set place = customer_lifecycle.input_place(input) %}
        {% if place.files and customer_lifecycle.columns_that_vars_need(input) %}
            {% do customer_lifecycle.map_columns(
                input, customer_lifecycle.file_columns(place, input), place) %}
        {% endif %}
    {% endfor %}
    {% if flags.WHICH in ('build', 'run') %}
        {% do customer_lifecycle.stop_where_vars_changed_history() %}
    {% endif %}
{% endmacro %}


{# The vars there are, by how they are checked. dbt_project.yml documents each. #}
{% macro known_vars() %}
    {% do return({
        'rooms': ['lifecycle_rooms'],
        'inputs': [
            'lifecycle_inputs', 'lifecycle_input_dir', 'lifecycle_input_files',
            'lifecycle_input_database', 'lifecycle_input_schema', 'lifecycle_input_tables', 'lifecycle_input_models',
            'lifecycle_columns', 'lifecycle_timezone', 'lifecycle_datetime_format',
            'lifecycle_csv_delimiter', 'lifecycle_amount_factor',
        ],
        'lists_of_texts': ['lifecycle_excluded_statuses', 'lifecycle_guest_ids', 'lifecycle_control_arms'],
        'dates': [
            'lifecycle_as_of_date', 'lifecycle_earliest_valid_date', 'lifecycle_latest_valid_date',
            'lifecycle_holdout_start',
        ],
        'choices': {
            'lifecycle_period': ['week', 'month', 'quarter'],
            'lifecycle_threshold_rule': ['return_curve', 'quantile'],
            'lifecycle_rfm_cuts': ['quantile', 'seed'],
            'lifecycle_rfm_monetary': ['total', 'average'],
            'lifecycle_purchase_models': [true, false],
            'lifecycle_fits': ['dbt', 'command', none],
            'lifecycle_next_purchase_reading': ['expected', 'literal'],
            'lifecycle_margin_drift': ['own', 'none'],
            'lifecycle_amount_cuts': ['quantile', 'seed'],
            'lifecycle_purchase_model': ['bg_nbd', 'mbg_nbd', 'pareto_nbd', 'nbd', none],
            'lifecycle_decimal_mark': ['.', ',', none],
            'lifecycle_repeated_orders': ['sum', 'replace', 'reject'],
            'lifecycle_correct_forecasts': [true, false],
            'lifecycle_first_amount': ['auto', 'use', 'leave_out'],
            'lifecycle_double_type': ['double', 'double precision', 'float8', 'float64', none],
            'lifecycle_untested_engine': [true, false],
            'lifecycle_unknown_consent': ['allowed', 'not_allowed'],
            'lifecycle_lasting_control_redraw': ['month', 'quarter', 'year'],
            'lifecycle_money_type': [
                'decimal(18, 4)', 'decimal(24, 4)', 'decimal(30, 4)', 'decimal(38, 4)',
            ],
        },
        'whole_numbers': {
            'lifecycle_minimum_purchases': 2, 'lifecycle_minimum_gaps': 1,
            'lifecycle_threshold_horizon': 1, 'lifecycle_backtest_horizon': 1,
            'lifecycle_acquired_days': 0, 'lifecycle_loyal_purchases': 2,
            'lifecycle_reactivated_days': 1,
            'lifecycle_minimum_fit_customers': 1, 'lifecycle_history_periods': 0,
            'lifecycle_cohort_periods': 1, 'lifecycle_mature_cohort_days': 0,
            'lifecycle_minimum_longer_gaps': 9, 'lifecycle_minimum_trend_gaps': 5,
            'lifecycle_minimum_profile_customers': 2,
            'lifecycle_recency_cap': 1, 'lifecycle_frequency_cap': 1,
            'lifecycle_amount_bucket_count': 1,
            'lifecycle_value_horizon_periods': 0,
            'lifecycle_campaign_window': 1, 'lifecycle_campaign_before_days': 1,
            'lifecycle_portfolio_campaigns': 2, 'lifecycle_minimum_buyers': 1,
        },
        'optional_whole_numbers': {
            'lifecycle_at_risk_after': 1, 'lifecycle_dormant_after': 1, 'lifecycle_churned_after': 1,
            'lifecycle_rfm_window_days': 1, 'lifecycle_late_arrival_days': 0,
            'lifecycle_longest_pause_days': 1,
        },
        'numbers': {
            'lifecycle_minimum_purchase_amount': 0, 'lifecycle_annual_discount_rate': 0,
            'lifecycle_model_tie_errors': 0, 'lifecycle_forecast_tolerance': 0,
            'lifecycle_forecast_minimum_returns': 0,
            'lifecycle_wake_up_minimum_value': 0, 'lifecycle_early_evidence': 1,
        },
        'optional_numbers': {
            'lifecycle_contact_cost': 0,
            'lifecycle_high_contribution': 0, 'lifecycle_high_attendance': 0,
            'lifecycle_high_realised_value': 0, 'lifecycle_high_predicted_value': 0,
        },
        'shares': [
            'lifecycle_at_risk_share', 'lifecycle_dormant_share', 'lifecycle_churned_share',
            'lifecycle_at_risk_quantile', 'lifecycle_dormant_quantile', 'lifecycle_churned_quantile',
            'lifecycle_gross_margin', 'lifecycle_holdout_share', 'lifecycle_model_weight',
            'lifecycle_unlikely_to_return_below', 'lifecycle_far_share', 'lifecycle_worthwhile_lift',
            'lifecycle_false_discovery_rate', 'lifecycle_wake_up_value_share',
            'lifecycle_contact_effect',
        ],
        'texts': ['lifecycle_arm_salt', 'lifecycle_wake_up_wave'],
        'shares_from_zero': [
            'lifecycle_control_share', 'lifecycle_lasting_control_share', 'lifecycle_near_loss_share',
        ],
        'segments': ['lifecycle_model_segment'],
        'lists': ['lifecycle_default_threshold_days', 'lifecycle_return_horizons', 'lifecycle_correction_repeat_purchases',
            'lifecycle_correction_gap_shares', 'lifecycle_power_shares', 'lifecycle_return_days',
            'lifecycle_alike_purchase_days', 'lifecycle_driver_columns'],
    }) %}
{% endmacro %}


{% macro check_var_names(problems) %}
    {% set known = [] %}
    {% for group in customer_lifecycle.known_vars().values() %}
        {% for name in group %}{% do known.append(name) %}{% endfor %}
    {% endfor %}
    {% set given = [] %}
    {% for name in invocation_args_dict.vars or {} if name.startswith('lifecycle_') %}
        {% do given.append(name) %}
    {% endfor %}
    {% for name in given + customer_lifecycle.vars_of_project_file() if name not in known %}
        {# The nearest known name is the one that shares most pairs of letters. #}
        {% set nearest = namespace(name=none, likeness=0) %}
        {% set letters = name.replace('lifecycle_', '') %}
        {% for candidate in known %}
            {% set pairs = namespace(shared=0) %}
            {% for start in range(letters | length - 1) if letters[start:start + 2] in candidate[10:] %}
                {% set pairs.shared = pairs.shared + 1 %}
            {% endfor %}
            {% set likeness = 2 * pairs.shared - candidate | length %}
            {% if nearest.name is none or likeness > nearest.likeness %}
                {% set nearest.name = candidate %}
                {% set nearest.likeness = likeness %}
            {% endif %}
        {% endfor %}
        {% do problems.append(
            'there is no var ' ~ name ~ '; did you mean ' ~ nearest.name
            ~ '? All vars stand in dbt_project.yml.') %}
    {% endfor %}
{% endmacro %}


{#
  Vars that the dbt_project.yml of the project that is run sets for this package. Jinja cannot ask for them,
  so the file is read where the warehouse can read files; elsewhere only vars on the command line are seen.
#}
{% macro vars_of_project_file() %}
    {% set names = [] %}
    {% if target.type == 'duckdb' %}
        {% set file = customer_lifecycle.quote_path(customer_lifecycle.project_folder() ~ '/dbt_project.yml') %}
        {% set texts = run_query('select content from read_text(' ~ file ~ ')').columns[0].values() %}
        {% set written = (fromyaml(texts[0]) or {}).get('vars') if texts %}
        {% for name, value in (written or {}).items() %}
            {% if name.startswith('lifecycle_') %}
                {% do names.append(name) %}
            {% elif name == 'customer_lifecycle' and value is mapping %}
                {% for own_name in value %}{% do names.append(own_name) %}{% endfor %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {% do return(names) %}
{% endmacro %}


{# The vars that say how values are read and which rows are left out. #}
{% macro check_reading(problems) %}
    {% set contract = customer_lifecycle.input_contract() %}
    {% set factors = var('lifecycle_amount_factor', none) or {} %}
    {% if factors is not mapping %}
        {% do problems.append(
            'lifecycle_amount_factor is ' ~ (factors | tojson)
            ~ '; write one by input; for cents {orders: 0.01}.') %}
    {% else %}
        {% for input, factor in factors.items() %}
            {% if input not in contract %}
                {% do problems.append(
                    'lifecycle_amount_factor has ' ~ (input | tojson)
                    ~ ', which is no input; write some of: ' ~ contract.keys() | join(', ') ~ '.') %}
            {% elif factor is not number or factor is boolean or factor < 0.000001 %}
                {% do problems.append(
                    'lifecycle_amount_factor has ' ~ (factor | tojson) ~ ' for ' ~ input
                    ~ '; write a number of at least 0.000001; for cents {orders: 0.01}.') %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {% for name in customer_lifecycle.known_vars().lists_of_texts %}
        {% set texts = var(name, none) or [] %}
        {% if texts is string or texts is mapping or texts is not iterable %}
            {% do problems.append(
                name ~ ' is ' ~ (texts | tojson) ~ '; write a list: [' ~ {
                    'lifecycle_guest_ids': '"0", guest', 'lifecycle_control_arms': 'control',
                }.get(name, 'cancelled, failed') ~ '].') %}
        {% endif %}
    {% endfor %}
    {% if target.type != 'duckdb' and var('lifecycle_decimal_mark', none) %}
        {% do problems.append(
            'lifecycle_decimal_mark is ' ~ (var('lifecycle_decimal_mark') | tojson) ~ '; write null on '
            ~ target.type ~ ', and load amounts as numbers: such texts are read on DuckDB.') %}
    {% endif %}
{% endmacro %}


{% macro check_inputs(problems) %}
    {% set contract = customer_lifecycle.input_contract() %}
    {% set inputs = var('lifecycle_inputs') %}
    {% if inputs is string or inputs is mapping or inputs is not iterable %}
        {% do problems.append(
            'lifecycle_inputs is ' ~ (inputs | tojson) ~ '; write a list: [orders] or [orders, customers].') %}
    {% else %}
        {% for input in inputs if input not in contract %}
            {% do problems.append(
                'lifecycle_inputs has ' ~ (input | tojson) ~ ', which is no input; write some of: '
                ~ contract.keys() | join(', ') ~ '.') %}
        {% endfor %}
        {% if 'orders' not in inputs %}
            {% do problems.append(
                'lifecycle_inputs is ' ~ (inputs | tojson)
                ~ '; write orders as well, the one required input.') %}
        {% endif %}
    {% endif %}
    {% for name, example in {
        'lifecycle_columns': '{customer_id: your_column}', 'lifecycle_input_files': '/path/to/file.csv',
        'lifecycle_input_tables': 'your_table', 'lifecycle_input_models': 'your_model',
    }.items() %}
        {% set by_input = var(name, none) or {} %}
        {% set advice = '; write one by input: {orders: ' ~ example ~ '}.' %}
        {% if by_input is not mapping %}
            {% do problems.append(name ~ ' is ' ~ (by_input | tojson) ~ advice) %}
        {% else %}
            {% for input, value in by_input.items() %}
                {% if input not in contract %}
                    {% do problems.append(
                        name ~ ' has ' ~ (input | tojson) ~ ', which is no input; write some of: '
                        ~ contract.keys() | join(', ') ~ '.') %}
                {% elif name != 'lifecycle_columns' and (value is not string or not value.strip()) %}
                    {% do problems.append(name ~ ' has ' ~ (value | tojson) ~ ' for ' ~ input ~ advice) %}
                {% endif %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% set columns_by_input = var('lifecycle_columns', none) or {} %}
    {% for input, columns in (columns_by_input if columns_by_input is mapping else {}).items()
        if input in contract %}
        {% set known = dict(contract[input].required, **contract[input].optional) %}
        {% if columns is not mapping %}
            {% do problems.append(
                'lifecycle_columns has ' ~ (columns | tojson) ~ ' for ' ~ input
                ~ '; write your columns by those of the contract: {' ~ known.keys() | first
                ~ ': your_column}.') %}
        {% else %}
            {% for column, name in columns.items()
                if name is none and column in contract[input].required %}
                {% do problems.append(
                    'lifecycle_columns maps ' ~ input ~ '.' ~ column
                    ~ ' to null, but it is required; write the name of your column.') %}
            {% endfor %}
            {% for column in columns if column not in known %}
                {% do problems.append(
                    'lifecycle_columns maps ' ~ input ~ '.' ~ column ~ ', which is no column of the '
                    ~ 'contract; write on the left one of: ' ~ known.keys() | join(', ')
                    ~ '; and your column on the right.') %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% set folder = var('lifecycle_input_dir', none) %}
    {% if folder is not none and (folder is not string or not folder.strip()) %}
        {% do problems.append(
            'lifecycle_input_dir is ' ~ (folder | tojson)
            ~ '; write the path of a folder, or null for warehouse tables.') %}
    {% endif %}
    {% set delimiter = var('lifecycle_csv_delimiter', none) %}
    {% if delimiter is not none
        and (delimiter is not string or delimiter | length != 1 or delimiter in '"\'\\\r\n') %}
        {% do problems.append(
            'lifecycle_csv_delimiter is ' ~ (delimiter | tojson)
            ~ '; write one character like ";" or "\\t", or null to take it from the header line.') %}
    {% endif %}
    {% set format = var('lifecycle_datetime_format', none) %}
    {% if format is not none and format not in ('epoch', 'epoch_ms')
        and (format is not string or '%' not in format) %}
        {% do problems.append(
            'lifecycle_datetime_format is ' ~ (format | tojson)
            ~ '; write a format like "%d/%m/%Y %H:%M", or null for ISO 8601.') %}
    {% elif format is not none and customer_lifecycle.problem_of_datetime_format(format, target.type) %}
        {% do problems.append(customer_lifecycle.problem_of_datetime_format(format, target.type)) %}
    {% endif %}
    {% if var('lifecycle_fits', none) == 'dbt' and target.type != 'duckdb' %}
        {% do problems.append(
            'lifecycle_fits is dbt; write command on ' ~ target.type ~ ': dbt runs them on DuckDB alone.') %}
    {% endif %}
    {% set zone = var('lifecycle_timezone') %}
    {% if not customer_lifecycle.is_time_zone(zone) %}
        {% do problems.append(
            'lifecycle_timezone is ' ~ (zone | tojson) ~ ', which is no time zone; write one like UTC, '
            ~ 'Europe/Berlin or Asia/Shanghai.') %}
    {% endif %}
    {% if target.type in ('postgres', 'redshift', 'bigquery') and var('lifecycle_double_type') == 'double' %}
        {% do problems.append(
            'lifecycle_double_type is double; write '
            ~ ('float64' if target.type == 'bigquery' else '"double precision"')
            ~ ' on ' ~ target.type ~ '.') %}
    {% endif %}
{% endmacro %}


{# Whether a text names a time zone. dbt v2 has no list of them: there the warehouse is asked, where it can
   say. #}
{% macro is_time_zone(zone) %}
    {% set known = modules.pytz.all_timezones %}
    {% if known %}{% do return(zone in known) %}{% endif %}
    {{ return(adapter.dispatch('is_time_zone', 'customer_lifecycle')(zone)) }}
{% endmacro %}

{% macro default__is_time_zone(zone) %}{% do return(zone is string) %}{% endmacro %}

{% macro duckdb__is_time_zone(zone) %}
    {% set found = run_query(
        'select count(*) from pg_timezone_names() where name = ' ~ customer_lifecycle.quote_text(zone)) %}
    {% do return(found.rows[0][0] | int > 0) %}
{% endmacro %}

{% macro postgres__is_time_zone(zone) %}
    {% do return(customer_lifecycle.duckdb__is_time_zone(zone)) %}
{% endmacro %}


{% macro check_dates(problems) %}
    {% for name in customer_lifecycle.known_vars().dates %}
        {% set value = var(name, none) %}
        {% if value is not none and not customer_lifecycle.is_date(value | string) %}
            {% do problems.append(
                name ~ ' is ' ~ (value | tojson)
                ~ ', which is no date; write one like "2011-06-30", or null.') %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{% macro is_date(text) %}
    {% if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', text) %}
        {% do return(false) %}
    {% endif %}
    {% set parts = text.split('-') | map('int') | list %}
    {% set year, month, day = parts[0], parts[1], parts[2] %}
    {% set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) %}
    {% set days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] %}
    {% do return(year >= 1 and 1 <= month <= 12 and 1 <= day <= days[month - 1]) %}
{% endmacro %}


{% macro check_choices(problems) %}
    {% for name, choices in customer_lifecycle.known_vars().choices.items() %}
        {% if var(name) not in choices or var(name) is boolean != choices[0] is boolean %}
            {% do problems.append(
                name ~ ' is ' ~ (var(name) | tojson) ~ '; write one of: '
                ~ choices | map('tojson') | join(', ') | replace('"', '') ~ '.') %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# Traits beside those of the contract are own columns of the customers input. #}
{% macro check_driver_columns(problems) %}
    {% set value = var('lifecycle_driver_columns', []) %}
    {% set prefix = customer_lifecycle.input_contract().customers.passthrough %}
    {% set wrong = [value] if value is string or value is mapping or value is not iterable else [] %}
    {% for name in value if not wrong and (name is not string or not name.lower().startswith(prefix)) %}
        {% do wrong.append(name) %}
    {% endfor %}
    {% if not wrong and value | map('lower') | unique | list | length < value | length %}
        {% do problems.append(
            'lifecycle_driver_columns is ' ~ (value | tojson) ~ '; write each column once.') %}
    {% endif %}
    {% if wrong %}
        {% do problems.append(
            'lifecycle_driver_columns has ' ~ (wrong[0] | tojson) ~ '; write a list of x_ columns of the '
            ~ 'customers input: [x_plan, x_shop]. region and acquisition_channel are looked at anyway.') %}
    {% elif value and not customer_lifecycle.has_input('customers') %}
        {% do problems.append(
            'lifecycle_driver_columns has ' ~ value[0] ~ ', a column of the customers input, which is '
            ~ 'switched off; write lifecycle_inputs: [orders, customers], or lifecycle_driver_columns: [].') %}
    {% endif %}
{% endmacro %}


{# A segment is the quarter of the first purchase or a column that the customers input can have. #}
{% macro check_model_segment(problems) %}
    {% set value = var('lifecycle_model_segment', none) %}
    {% set columns = customer_lifecycle.segment_columns() %}
    {% set prefix = customer_lifecycle.input_contract().customers.passthrough %}
    {% set is_column = value is string
        and (value in columns or value.lower().startswith(prefix)) %}
    {% if value is not none and value != 'first_purchase_quarter' and not is_column %}
        {% do problems.append(
            'lifecycle_model_segment is ' ~ (value | tojson) ~ '; write one of: '
            ~ columns | join(', ') ~ ', an x_ column of the customers input, '
            ~ 'first_purchase_quarter, null.') %}
    {% elif is_column and not customer_lifecycle.has_input('customers') %}
        {% do problems.append(
            'lifecycle_model_segment is ' ~ value ~ ', a column of the customers input, which is '
            ~ 'switched off; write lifecycle_inputs: [orders, customers], or '
            ~ 'lifecycle_model_segment: first_purchase_quarter or null.') %}
    {% endif %}
{% endmacro %}


{% macro check_numbers(problems) %}
    {% set known = customer_lifecycle.known_vars() %}
    {% set reasons = {
        'lifecycle_minimum_longer_gaps':
            ': the longest of fewer gaps is exceeded more than one time in ten.',
    } %}
    {% for name, least in dict(known.whole_numbers, **known.optional_whole_numbers).items() %}
        {% set value = var(name, none) %}
        {% set may_be_null = name in known.optional_whole_numbers %}
        {% if not (value is none and may_be_null)
            and (value is not integer or value is boolean or value < least) %}
            {% do problems.append(
                name ~ ' is ' ~ (value | tojson) ~ '; write a whole number of at least ' ~ least
                ~ (', or null.' if may_be_null else reasons.get(name, '.'))) %}
        {% endif %}
    {% endfor %}
    {#- campaign_days has a row per day of the window. -#}
    {% set window = var('lifecycle_campaign_window') %}
    {% if window is integer and window is not boolean and window > 1000 %}
        {% do problems.append(
            'lifecycle_campaign_window is ' ~ window ~ '; write a whole number of at most 1000.') %}
    {% endif %}
    {% for name, least in dict(known.numbers, **known.optional_numbers).items() %}
        {% set value = var(name, none) %}
        {% set may_be_null = name in known.optional_numbers %}
        {% if not (value is none and may_be_null)
            and (value is not number or value is boolean or value < least) %}
            {% do problems.append(
                name ~ ' is ' ~ (value | tojson) ~ '; write a number of at least ' ~ least
                ~ (', or null.' if may_be_null else '.')) %}
        {% endif %}
    {% endfor %}
    {% for name in known.shares %}
        {% set value = var(name, none) %}
        {% if value is not number or value is boolean or value <= 0 or value > 1 %}
            {% do problems.append(
                name ~ ' is ' ~ (value | tojson) ~ '; write a share above 0 and up to 1.') %}
        {% endif %}
    {% endfor %}
    {% for name in known.shares_from_zero %}
        {% set value = var(name, none) %}
        {% if value is not number or value is boolean or value < 0 or value >= 1 %}
            {% do problems.append(
                name ~ ' is ' ~ (value | tojson) ~ '; write a share from 0 up to below 1.') %}
        {% endif %}
    {% endfor %}
    {% for name in known.texts %}
        {% set value = var(name, none) %}
        {% if value is not string or not modules.re.fullmatch('[A-Za-z0-9_.-]+', value) %}
            {% do problems.append(
                name ~ ' is ' ~ (value | tojson)
                ~ '; write a name of letters, digits, "_", "-" and ".".') %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# The three thresholds must follow each other, however they are given: the shares that come back
   fall. #}
{% macro check_thresholds(problems) %}
    {% set names = ['at_risk', 'dormant', 'churned'] %}
    {% for suffix, sign in [('_after', 1), ('_share', -1), ('_quantile', 1)] %}
        {% set given = [] %}
        {% for name in names if var('lifecycle_' ~ name ~ suffix, none) is number %}
            {% do given.append('lifecycle_' ~ name ~ suffix) %}
        {% endfor %}
        {% for name in given[1:] %}
            {% set before = given[loop.index0] %}
            {% if sign * var(name) <= sign * var(before) %}
                {% do problems.append(
                    name ~ ' is ' ~ var(name) ~ '; write ' ~ ('more' if sign > 0 else 'less')
                    ~ ' than ' ~ before ~ ', which is ' ~ var(before) ~ '.') %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {% set days = var('lifecycle_default_threshold_days') %}
    {% if days is string or days is not sequence or days | length != 3
        or days | reject('integer') | list or not 0 < days[0] < days[1] < days[2] %}
        {% do problems.append(
            'lifecycle_default_threshold_days is ' ~ (days | tojson)
            ~ '; write three rising whole numbers of days: [90, 180, 365].') %}
    {% endif %}
{% endmacro %}


{# Horizons are days ahead. #}
{% macro check_horizons(problems) %}
    {% for name, example in {
        'lifecycle_return_horizons': '[30, 90, 365]', 'lifecycle_return_days': '[30, 60, 90, 180]',
    }.items() %}
        {% set horizons = var(name) %}
        {% if horizons is string or horizons is not sequence or not horizons
            or horizons | reject('integer') | list or horizons | select('lt', 1) | list
            or horizons | unique | list | length < horizons | length %}
            {% do problems.append(
                name ~ ' is ' ~ (horizons | tojson)
                ~ '; write different whole numbers of days of at least 1: ' ~ example ~ '.') %}
        {% endif %}
    {% endfor %}
    {% set shares = var('lifecycle_power_shares') %}
    {% if shares is string or shares is not sequence or not shares
        or shares | reject('number') | list or shares | select('boolean') | list
        or shares | select('le', 0) | list or shares | select('ge', 1) | list
        or shares | list != shares | unique | sort | list %}
        {% do problems.append(
            'lifecycle_power_shares is ' ~ (shares | tojson)
            ~ '; write rising shares above 0 and below 1: [0.02, 0.05, 0.1, 0.2, 0.3, 0.5].') %}
    {% endif %}
{% endmacro %}


{# The classes of customers whose forecasts are corrected. #}
{% macro check_classes(problems) %}
    {% set shares = var('lifecycle_correction_gap_shares') %}
    {% if shares is string or shares is not sequence or not shares
        or shares | reject('number') | list or shares | select('boolean') | list
        or shares | select('le', 0) | list or shares | select('ge', 1) | list
        or shares | list != shares | unique | sort(reverse=true) | list %}
        {% do problems.append(
            'lifecycle_correction_gap_shares is ' ~ (shares | tojson)
            ~ '; write falling shares above 0 and below 1: [0.5, 0.25, 0.1, 0.05].') %}
    {% endif %}
    {% for name, example in {
        'lifecycle_correction_repeat_purchases': [0, 1, 2, 4, 7, 15],
        'lifecycle_alike_purchase_days': [1, 2, 3, 4, 6, 9, 14, 21, 31, 46],
    }.items() %}
        {% set lowest = var(name) %}
        {% if lowest is string or lowest is not sequence or not lowest
            or lowest | reject('integer') | list or lowest | select('boolean') | list
            or lowest[0] != example[0] or lowest | list != lowest | unique | sort | list %}
            {% do problems.append(
                name ~ ' is ' ~ (lowest | tojson) ~ '; write rising whole numbers that begin at '
                ~ example[0] ~ ': [' ~ example | join(', ') ~ '].') %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# The cuts of bands and groups must begin at 0 and rise. Read from the seed files where the
   warehouse can read files; elsewhere the tests of the seeds say it once they are loaded. #}
{% macro check_cuts(problems) %}
    {% if target.type != 'duckdb' %}{% do return('') %}{% endif %}
    {% set cuts = {
        'lifecycle_rank_bands': 'lower_per_mille',
        'lifecycle_score_groups': 'lower_score',
        'lifecycle_absence_classes': 'lower_months',
    } %}
    {% for node in graph.nodes.values() if node.resource_type == 'seed' and node.name in cuts %}
        {% set column = cuts[node.name] %}
        {% set path = customer_lifecycle.quote_path(customer_lifecycle.seed_file(node)) %}
        {% set values = run_query(
            'select cast(' ~ column ~ ' as double) from read_csv(' ~ path ~ ')'
        ).columns[0].values() | map('float') | list %}
        {% if not values or values[0] != 0 or values != values | sort | unique | list %}
            {% do problems.append(
                node.original_file_path ~ ' has ' ~ column ~ ' ' ~ values | join(', ')
                ~ '; write cuts that begin at 0 and rise from line to line.') %}
        {% elif node.name == 'lifecycle_score_groups' and 1 not in values %}
            {% do problems.append(
                node.original_file_path ~ ' has lower_score ' ~ values | join(', ')
                ~ '; write a group that begins at 1, where the open gap is as long as the longest.') %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# Where the file of a seed is. Its path counts from the package on dbt v1, and from the project that is
   run on v2. #}
{% macro seed_file(node) %}
    {% set in_package = node.root_path ~ '/' ~ node.original_file_path %}
    {% if customer_lifecycle.glob(in_package, '') %}{% do return(in_package) %}{% endif %}
    {% do return(customer_lifecycle.project_folder() ~ '/' ~ node.original_file_path) %}
{% endmacro %}
