{#
  History is written once per period end. Each row carries the version of what it was made from
  (int_lifecycle__history_periods): the rules and the orders up to then. A run deletes the periods
  that left the window or whose orders have changed since, and writes those that are missing; so it
  ends with the rows that a full refresh would give.
#}

{# Config of a history table; `period_end` is the column that says whose row it is. #}
{% macro history_config(room, period_end='period_end') %}
    {{ config(
        enabled=customer_lifecycle.has_room(room),
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ customer_lifecycle.forget_changed_periods('" ~ period_end ~ "') }}",
    ) }}
{% endmacro %}


{#
  Pre-hook of a history table. Rules that have changed, or an as-of date before what is stored, stop
  the run: both would rewrite history without anybody having said so.
#}
{% macro forget_changed_periods(period_end='period_end') %}
    {% set periods = ref('customer_lifecycle', 'int_lifecycle__history_periods') %}
    {% if not execute or not is_incremental() %}{% do return('') %}{% endif %}
    {% set found = run_query(
        'select '
        ~ '(select max(stored.' ~ period_end ~ ') from ' ~ this ~ ' as stored) as last_stored, '
        ~ '(select max(periods.as_of_date) from ' ~ periods ~ ' as periods) as as_of_date, '
        ~ '(select count(*) from ' ~ this ~ ' as stored where '
        ~ customer_lifecycle.rules_of('stored.history_version') ~ ' not in (select '
        ~ customer_lifecycle.rules_of('periods.history_version') ~ ' from ' ~ periods
        ~ ' as periods) and exists (select 1 from ' ~ periods ~ ')) as rows_of_other_rules'
    ).rows[0] %}
    {% set last_stored, as_of_date, rows_of_other_rules = found[0], found[1], found[2] %}
    {% if last_stored is not none and as_of_date is not none and last_stored | string > as_of_date | string %}
        {% do exceptions.raise_compiler_error(
            'the as-of date has moved back to ' ~ as_of_date ~ ', but ' ~ this.name
            ~ ' goes up to ' ~ last_stored ~ '. Write --full-refresh to build history anew.') %}
    {% endif %}
    {% if rows_of_other_rules > 0 %}
        {% do exceptions.raise_compiler_error(
            'the rules behind ' ~ this.name ~ ' have changed since it was written: one of the vars '
            ~ customer_lifecycle.history_vars() | join(', ') ~ ', the room purchase_models, or one of the seeds '
            ~ customer_lifecycle.history_seeds() | join(', ')
            ~ '. Write --full-refresh to build history anew, or set the old rules again.') %}
    {% endif %}
    {% do return(
        'delete from ' ~ this ~ ' where ' ~ period_end ~ ' not in (select kept.period_end from '
        ~ periods ~ ' as kept) or (history_version not in (select kept.history_version from '
        ~ periods ~ ' as kept) and ' ~ period_end ~ ' not in (select kept.period_end from '
        ~ periods ~ ' as kept where kept.is_frozen))') %}
{% endmacro %}


{# Select: the period ends that a history table has to write in this run. #}
{% macro missing_periods(period_end='period_end') -%}
    select * from {{ ref('int_lifecycle__history_periods') }}
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
        'lifecycle_loyal_purchases',
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


{# The values of the vars, as text. #}
{% macro history_rules() %}
    {% set rules = [] %}
    {% for name in customer_lifecycle.history_vars() %}
        {% do rules.append(name ~ '=' ~ (var(name, none) | tojson)) %}
    {% endfor %}
    {% do rules.append('has_fits=' ~ customer_lifecycle.has_fits()) %}
    {% do return(rules | join(';')) %}
{% endmacro %}


{# The part of a version that stands for the rules. #}
{% macro rules_of(history_version) -%}
    substring({{ history_version }}, 1, 8)
{%- endmacro %}
