{#
  Select: the rows of a Python model that fits, and whether a fit serves forecasts; no rows when no
  models are fitted.
#}
{% macro fitted_parameters(python_model) -%}
    {%- set text, double = dbt.type_string(), customer_lifecycle.double_type() -%}
    {%- set columns = {'model': text, 'segment': text, 'parameter': text, 'fitted_on': 'date'} -%}
    {%- for statistic in ['estimate', 'standard_error', 'log_likelihood', 'aic', 'bic', 'gradient_norm'] -%}
        {%- do columns.update({statistic: double}) -%}
    {%- endfor -%}
    {%- do columns.update({
        'customers': 'bigint', 'state_groups': 'bigint', 'iterations': 'bigint', 'is_converged': 'boolean',
        'is_at_boundary': 'boolean', 'not_fitted_reason': text,
    }) -%}
    select
        fits.*,
        fits.estimate is not null and fits.not_fitted_reason is null as serves_forecasts
    from (
        {{ customer_lifecycle.python_rows(python_model, columns, customer_lifecycle.has_fits()) }}
    ) as fits
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
