{#
  The Python models, which are the fits and what is worked out from them: what each reads, and in which
  round it comes. One that reads what SQL makes of the fits of round 1 is of round 2.

  dbt-duckdb runs them as dbt Python models. Other adapters and dbt v2 do not; there
  `python -m customer_lifecycle.fit` runs the same files between calls of dbt (docs/engines.md). Each
  reads what it refers to, and writes its rows into a table of its own name.
#}
{% macro fits() %}
    {% set rounds = [
        {
            'certificates': ['cdnow_sample'],
            'period_fits': ['history_periods', 'period_states'],
            'model_fits': ['purchase_states', 'spend_states'],
            'segment_fits': ['purchase_states', 'spend_states'],
            'calibration_fits': ['holdout', 'holdout_states', 'holdout_spend_states'],
            'markov_fits': ['markov_amounts', 'markov_counts'],
            'campaign_p_values': ['campaign_statistics'],
        },
        {
            'onset_signal_tests': ['onset_signal_groups'],
            'driver_tests': ['fitted_parameters', 'trait_states'],
            'split_tests': ['fitted_parameters', 'purchase_states', 'spend_states'],
            'holdout_sums': ['calibration_parameters', 'holdout', 'holdout_states'],
            'tracking_curves': ['calibration_parameters', 'holdout'],
            'markov_transitions': ['amount_buckets', 'fitted_parameters'],
            'truncated_frequencies': ['fitted_parameters', 'frequency_bounds'],
            'amount_curve': ['amount_bounds', 'fitted_parameters'],
        },
        {
            'forecast_factors': ['calibration_parameters', 'holdout', 'holdout_states', 'model_choice'],
            'recency_values': ['recency_rewards'],
            'assumption_tests': [
                'fitted_parameters', 'first_repeat_amounts', 'markov_counts', 'markov_memory',
                'spend_states', 'transition_counts',
            ],
        },
        {
            'state_forecasts': ['fitted_parameters', 'forecast_states', 'model_choice', 'segment_models'],
            'value_intervals': [
                'fitted_parameters', 'forecast_states', 'model_choice', 'segment_models', 'spend_choice',
            ],
        },
    ] %}
    {% set fits = {} %}
    {% for models in rounds %}
        {% set round = loop.index %}
        {% for name, reads in models.items() %}
            {% do fits.update({'int_lifecycle__' ~ name: {'round': round, 'reads': reads}}) %}
        {% endfor %}
    {% endfor %}
    {% do return(fits) %}
{% endmacro %}


{# Whether dbt runs them itself. The YAML of the Python models says the same. #}
{% macro fits_are_in_dbt() %}
    {% set fits = var('lifecycle_fits', none) or (
        'dbt' if target.type == 'duckdb' and dbt_version.split('.')[0] == '1' else 'command') %}
    {% do return(fits == 'dbt') %}
{% endmacro %}


{# Select: the rows of a Python model, or no rows of the same columns where there is none. `columns` are SQL
   types by name. #}
{% macro python_rows(python_model, columns, is_there=none) -%}
    {% set is_there = customer_lifecycle.has_python() if is_there is none else is_there %}
    {%- if is_there and not customer_lifecycle.fits_are_in_dbt() -%}
    {{ customer_lifecycle.rows_written(python_model, columns) }}
    {%- else -%}
    {{ customer_lifecycle.rows_if(is_there, python_model, columns) }}
    {%- endif %}
{%- endmacro %}


{#
  Select: what the command wrote for a Python model, if it is of today's purchases and vars. The tag
  says after which round the model that asks can be built.
#}
{% macro rows_written(python_model, columns) -%}
    {%- set fit = customer_lifecycle.fits()[python_model] -%}
    {{- config(tags=[
        'lifecycle_after_round_' ~ fit.round, 'lifecycle_reads_round_' ~ fit.round ~ '_' ~ python_model,
    ]) -}}
    {%- for input in fit.reads %}
    -- depends_on: {{ ref('customer_lifecycle', 'int_lifecycle__' ~ input) }}
    {%- endfor %}
    {%- set settings = ref('customer_lifecycle', 'int_lifecycle__fit_settings') %}
    {%- set written = adapter.get_relation(settings.database, settings.schema, python_model)
        if execute else none %}
    {% if written -%}
    select written.{{ columns.keys() | join(', written.') }}
    from {{ written }} as written
    inner join {{ settings }} as settings on written.fit_stamp = settings.fit_stamp
    {%- else -%}
    {{ customer_lifecycle.rows_if(false, python_model, columns) }}
    {%- endif %}
{%- endmacro %}


{# Select, one row: the purchases that the fits are of. #}
{% macro purchases_of_fits() -%}
    {%- set is_split = customer_lifecycle.has_fits() -%}
    select
        count(*) as customers,
        sum({{ customer_lifecycle.row_hash([
            'customer_id', 'purchase_days', 'first_purchase_on', 'last_purchase_on',
            'first_day_amount', 'paid_repeat_amount',
        ] + (['segment', 'gap_class'] if is_split else [])) }}) as row_hashes
    from {{ ref('int_lifecycle__segmented_history' if is_split else 'int_lifecycle__purchase_history') }}
{%- endmacro %}


{# Those purchases, the as-of date and all vars, in a hash. #}
{% macro fit_stamp(as_of_date, purchases) -%}
    {%- set values = [] -%}
    {%- for names in customer_lifecycle.known_vars().values() -%}
        {%- for name in names -%}{%- do values.append(var(name, none) | tojson) -%}{%- endfor -%}
    {%- endfor -%}
    {%- set text = dbt.type_string() -%}
    {{ dbt.hash(
        "coalesce(cast(" ~ as_of_date ~ " as " ~ text ~ "), '') || '|' || cast(" ~ purchases
        ~ ".customers as " ~ text ~ ") || '|' || coalesce(cast(" ~ purchases ~ ".row_hashes as " ~ text
        ~ "), '') || '|" ~ dbt.escape_single_quotes(local_md5(values | join('|'))) ~ "'"
    ) }}
{%- endmacro %}
