{#
  History is written once per period end. Each row carries the version of what it was made from
  (int_lifecycle__history_periods): the rules and the orders up to then. A run deletes the periods
  that left the window or whose orders have changed since, and writes those that are missing; so it
  ends with the rows that a full refresh would give.
#}

{#
  Config of a history table; `period_end` is the column that says whose row it is, and `of_fits` says
  that it is made of fits. `periods` is the model of the period ends, and `version` its column that says
  what the rows are made from. Other columns than those stored stop the run. Not on dbt v2: there `fail`
  takes INTEGER and integer for two types, and stops every second run on DuckDB.
#}
{% macro history_config(
    room, period_end='period_end', of_fits=false,
    periods='int_lifecycle__history_periods', version='history_version'
) %}
    {{ config(
        enabled=customer_lifecycle.has_room(room),
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail' if dbt_version.startswith('1.') else 'append_new_columns',
        partition_by=customer_lifecycle.partitioned_by(period_end),
        pre_hook=(["{{ customer_lifecycle.stop_without_fits() }}"] if of_fits else [])
            + ["{{ customer_lifecycle.forget_changed_periods('" ~ period_end ~ "', '"
                ~ periods ~ "', '" ~ version ~ "') }}"],
    ) }}
{% endmacro %}


{#
  Rules that have changed, or an as-of date before what is stored, stop a run that writes history: both
  would rewrite it without anybody having said so. Vars are looked at before anything is built, seeds
  and the as-of date, which are known later, before lifecycle_as_of is, on which all marts depend.
#}
{% macro stop_where_vars_changed_history() %}
    {# It was a table of its own once. #}
    {% set mart = customer_lifecycle.stored_model('customer_silence_history') %}
    {% if execute and mart and mart.is_table and not flags.FULL_REFRESH and customer_lifecycle.has_room('history')
        and 'model.customer_lifecycle.customer_silence_history' in selected_resources %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: history was written by an earlier version. '
            ~ customer_lifecycle.refresh_advice()) %}
    {% endif %}
    {% if not customer_lifecycle.goes_on_with_history() %}{% do return('') %}{% endif %}
    {% set record = customer_lifecycle.stored_model('int_lifecycle__history_rules') %}
    {% if not record %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: history was written by an earlier version. '
            ~ customer_lifecycle.refresh_advice()) %}
    {% endif %}
    {% do customer_lifecycle.stop_where_rules_differ(record, customer_lifecycle.var_rules()) %}
    {% set as_of_date = var('lifecycle_as_of_date', none) %}
    {% if as_of_date %}{% do customer_lifecycle.stop_before(as_of_date | string) %}{% endif %}
{% endmacro %}


{# Pre-hook of lifecycle_as_of. #}
{% macro stop_where_history_changed() %}
    {% if not customer_lifecycle.has_room('history') %}{% do return('') %}{% endif %}
    {# Also where nothing is compared: so that dbt knows the seeds come first. #}
    {% set seed_rules = customer_lifecycle.seed_rules() %}
    {% set kept_orders = ref('stg_lifecycle__orders') %}
    {% if not customer_lifecycle.goes_on_with_history() %}{% do return('') %}{% endif %}
    {% set rules = {} %}
    {% for row in run_query(seed_rules).rows %}{% do rules.update({row[0]: row[1]}) %}{% endfor %}
    {% do customer_lifecycle.stop_where_rules_differ(
        customer_lifecycle.stored_model('int_lifecycle__history_rules'), rules) %}
    {% set last_day = run_query('select max(kept.ordered_on) from ' ~ kept_orders ~ ' as kept').rows[0][0] %}
    {% if not var('lifecycle_as_of_date', none) and last_day is not none %}
        {% do customer_lifecycle.stop_before(last_day | string) %}
    {% endif %}
{% endmacro %}


{# Whether the run adds to history that is there. #}
{% macro goes_on_with_history() %}
    {% do return(
        execute and customer_lifecycle.has_room('history') and not flags.FULL_REFRESH
        and 'model.customer_lifecycle.int_lifecycle__customer_history' in selected_resources
        and customer_lifecycle.stored_model('int_lifecycle__customer_history') is not none
    ) %}
{% endmacro %}


{# The relation of a model of the last run; none where there is none. #}
{% macro stored_model(name) %}
    {% set model = graph.nodes.get('model.customer_lifecycle.' ~ name) if execute %}
    {% if not model %}{% do return(none) %}{% endif %}
    {% do return(adapter.get_relation(model.database, model.schema, model.alias)) %}
{% endmacro %}


{% macro refresh_advice() %}
    {% do return('Write --full-refresh to build history anew (make build FULL_REFRESH=1)') %}
{% endmacro %}


{# Stops where rules are not those in the record of the last run. #}
{% macro stop_where_rules_differ(record, rules) %}
    {% set stored, changes = {}, [] %}
    {% for row in run_query('select rule_name, rule_value from ' ~ record).rows %}
        {% do stored.update({row[0]: row[1]}) %}
    {% endfor %}
    {% for name, value in rules.items() if stored.get(name) != value %}
        {% do changes.append(
            name ~ (' has other rows' if name.startswith('seed ')
                else ' was ' ~ stored.get(name, 'not there') ~ ' and is ' ~ value)) %}
    {% endfor %}
    {% if changes %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: the rules behind int_lifecycle__period_customers have changed since it '
            ~ 'was written, and with it all of history: ' ~ changes | join('; ') ~ '. '
            ~ customer_lifecycle.refresh_advice() ~ ', or set the old rules again.') %}
    {% endif %}
{% endmacro %}


{# Stops where history goes on after an as-of date. #}
{% macro stop_before(as_of_date) %}
    {% set history = customer_lifecycle.stored_model('int_lifecycle__customer_history') %}
    {% set last_stored = run_query('select max(stored.period_end) from ' ~ history ~ ' as stored').rows[0][0] %}
    {% if last_stored is not none and last_stored | string > as_of_date %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: the as-of date has moved back to ' ~ as_of_date ~ ', but history goes up to '
            ~ last_stored ~ '. ' ~ customer_lifecycle.refresh_advice() ~ '.') %}
    {% endif %}
{% endmacro %}


{#
  Pre-hook of a history table. What is left of other rules here comes from a full refresh that did not
  get as far, or from a run that left out the models before.
#}
{% macro forget_changed_periods(period_end, periods_model, version) %}
    {% set periods = ref('customer_lifecycle', periods_model) %}
    {% set frozen = 'kept.is_frozen' if periods_model == 'int_lifecycle__history_periods' else 'false' %}
    {# The record of the rules is written whenever history is. #}
    {% set record = ref('int_lifecycle__history_rules') %}
    {% if not execute or not is_incremental() %}{% do return('') %}{% endif %}
    {% set found = run_query(
        'select '
        ~ '(select count(*) from ' ~ this ~ ' as stored where '
        ~ customer_lifecycle.rules_of('stored.' ~ version) ~ ' not in (select '
        ~ customer_lifecycle.rules_of('periods.' ~ version) ~ ' from ' ~ periods
        ~ ' as periods) and exists (select 1 from ' ~ periods ~ ')) as rows_of_other_rules'
    ).rows[0] %}
    {% if found[0] > 0 %}
        {% do exceptions.raise_compiler_error(
            'the rules behind ' ~ this.name ~ ' have changed since it was written. '
            ~ customer_lifecycle.refresh_advice() ~ '.') %}
    {% endif %}
    {% set forgotten = run_query(
        'select distinct stored.' ~ period_end ~ ' from ' ~ this ~ ' as stored left join ' ~ periods
        ~ ' as kept on stored.' ~ period_end ~ ' = kept.period_end where kept.period_end is null or ('
        ~ 'not ' ~ frozen ~ ' and stored.' ~ version ~ ' not in (select known.' ~ version ~ ' from '
        ~ periods ~ ' as known))'
    ) %}
    {% set literals = [] %}
    {% for row in forgotten.rows %}
        {% do literals.append("date '" ~ (row[0] | string)[:10] ~ "'") %}
    {% endfor %}
    {% do return(customer_lifecycle.delete_rows(this, period_end, literals)) %}
{% endmacro %}


{# Pre-hook of a history table that is made of fits: without today's it would keep what was said without
   any. #}
{% macro stop_without_fits() %}
    {% set settings = ref('int_lifecycle__fit_settings') if customer_lifecycle.has_python() %}
    {% set periods = ref('int_lifecycle__history_periods') %}
    {% if not execute or not customer_lifecycle.has_fits() or customer_lifecycle.fits_are_in_dbt() %}
        {% do return('') %}
    {% endif %}
    {% set written = adapter.get_relation(settings.database, settings.schema, 'int_lifecycle__period_fits') %}
    {% set missing = 'select count(*) from ' ~ periods ~ ' as periods' %}
    {% if written %}
        {% set missing = missing ~ ' left join (select fits.fitted_on from ' ~ written ~ ' as fits inner join '
            ~ settings ~ ' as settings on fits.fit_stamp = settings.fit_stamp group by fits.fitted_on) as there'
            ~ ' on periods.period_end = there.fitted_on where there.fitted_on is null' %}
    {% endif %}
    {% if run_query(missing).rows[0][0] > 0 %}
        {% do exceptions.raise_compiler_error(
            'customer_lifecycle: history is made of fits, and those of these orders and vars are not '
            ~ 'there. Write python -m customer_lifecycle.fit build in place of dbt build, with its '
            ~ 'options; or lifecycle_purchase_models: false.') %}
    {% endif %}
    {% do return('') %}
{% endmacro %}


{# Select: the period ends that a history table has to write in this run. #}
{% macro missing_periods(period_end='period_end', periods='int_lifecycle__history_periods') -%}
    select * from {{ ref('customer_lifecycle', periods) }}
    {% if is_incremental() -%}
    where period_end not in (select stored.{{ period_end }} from {{ this }} as stored)
    {%- endif %}
{%- endmacro %}


{# The vars that decide what a row of history says. #}
{% macro history_vars() %}
    {% do return([
        'lifecycle_period', 'lifecycle_minimum_purchase_amount', 'lifecycle_minimum_purchases',
        'lifecycle_at_risk_after', 'lifecycle_dormant_after', 'lifecycle_churned_after',
        'lifecycle_threshold_rule', 'lifecycle_threshold_horizon',
        'lifecycle_at_risk_share', 'lifecycle_dormant_share', 'lifecycle_churned_share',
        'lifecycle_at_risk_quantile', 'lifecycle_dormant_quantile', 'lifecycle_churned_quantile',
        'lifecycle_minimum_gaps', 'lifecycle_default_threshold_days',
        'lifecycle_purchase_models', 'lifecycle_minimum_fit_customers', 'lifecycle_rfm_cuts',
        'lifecycle_rfm_window_days', 'lifecycle_rfm_monetary', 'lifecycle_acquired_days',
        'lifecycle_loyal_purchases', 'lifecycle_reactivated_days', 'lifecycle_money_type',
    ]) %}
{% endmacro %}


{# The seeds that do, and their columns that matter. #}
{% macro history_seeds() %}
    {% do return({
        'lifecycle_rank_bands': ['rank_band', 'lower_per_mille', 'own_level'],
        'lifecycle_score_groups': ['score_group', 'lower_score', 'own_level'],
        'lifecycle_silence_levels': ['silence_level', 'silence_status'],
        'lifecycle_rfm_segments': ['r_score', 'fm_score', 'rfm_segment'],
        'lifecycle_rfm_fixed_cuts': ['measure', 'cut_number', 'cut_value'],
    }) %}
{% endmacro %}


{# A row of a seed, as text. #}
{% macro row_text(seed, columns) -%}
    '{{ seed }}'
    {%- for column in columns %} || ' ' || coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
    {%- endfor %}
{%- endmacro %}


{# The values of the vars as text, by name. #}
{% macro var_rules() %}
    {% set rules = {} %}
    {% for name in customer_lifecycle.history_vars() %}
        {% do rules.update({name: var(name, none) | tojson}) %}
    {% endfor %}
    {% do rules.update({'lifecycle_rooms with purchase_models': customer_lifecycle.has_fits() | tojson}) %}
    {% do return(rules) %}
{% endmacro %}


{# Select: the rows of each seed, as one hash, by name. #}
{% macro seed_rules() -%}
    {%- for seed, columns in customer_lifecycle.history_seeds().items() %}
    select
        'seed {{ seed }}' as rule_name,
        {{ dbt.hash(customer_lifecycle.ordered_list(
            customer_lifecycle.row_text(seed, columns), ';',
            customer_lifecycle.row_text(seed, columns)
        )) }} as rule_value
    from {{ ref(seed) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# A whole number of a version as text; nothing is 0. #}
{% macro sum_text(total) -%}
    cast(cast(coalesce({{ total }}, 0) as bigint) as {{ dbt.type_string() }})
{%- endmacro %}


{# The part of a version that stands for the rules. #}
{% macro rules_of(history_version) -%}
    substring({{ history_version }}, 1, 8)
{%- endmacro %}


{#
  The number of the bin that a score from 0 on falls into; higher scores are in higher bins. Below a half
  bins are 1/10,000 of the score wide, up to 1 they are of what it lacks to 1, from 1 on of the score.
#}
{% macro score_bin(score) -%}
    cast(
        case
            when {{ score }} <= 0 then -10000000
            when {{ score }} <= 0.5 then floor(10000 * ln({{ score }}))
            when {{ score }} < 1 then -floor(10000 * ln(1 - {{ score }}))
            when {{ score }} >= 1 then 10000000 + floor(10000 * ln({{ score }}))
        end as bigint
    )
{%- endmacro %}
