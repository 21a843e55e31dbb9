{#
  Select: the rows of a Python model that fits, and whether a fit serves forecasts; no rows when no
  models are fitted.
#}
{% macro fitted_parameters(python_model) -%}
    {% if var('lifecycle_purchase_models') is not false -%}
    select
        *,
        coalesce(is_converged and not is_at_boundary and not_fitted_reason is null, false)
            as serves_forecasts
    from {{ ref(python_model) }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as model,
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as parameter,
        cast(null as date) as fitted_on,
        {%- for statistic in [
            'estimate', 'standard_error', 'log_likelihood', 'aic', 'bic', 'gradient_norm'
        ] %}
        cast(null as {{ var('lifecycle_double_type') }}) as {{ statistic }},
        {%- endfor %}
        cast(null as bigint) as customers,
        cast(null as bigint) as state_groups,
        cast(null as integer) as iterations,
        cast(null as boolean) as is_converged,
        cast(null as boolean) as is_at_boundary,
        cast(null as {{ dbt.type_string() }}) as not_fitted_reason,
        cast(null as {{ dbt.type_string() }}) as history_version,
        cast(null as boolean) as serves_forecasts
    where false
    {%- endif %}
{%- endmacro %}
