{#
  Select: the rows of a Python model that fits, and whether a fit serves forecasts; no rows when no
  models are fitted.
#}
{% macro fitted_parameters(python_model) -%}
    {% if customer_lifecycle.has_fits() -%}
    select
        *,
        estimate is not null and not_fitted_reason is null as serves_forecasts
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


{# The parameters of the NBD side by side, one row per date at which its fit serves. #}
{% macro nbd_parameters(fitted_parameters) -%}
    (
        select
            fitted_on,
            max(case when parameter = 'r' then estimate end) as r,
            max(case when parameter = 'alpha' then estimate end) as alpha
        from {{ fitted_parameters }}
        where model = 'nbd' and segment = 'all' and serves_forecasts
        group by fitted_on
    )
{%- endmacro %}
