{# The folder of the project that is run. dbt v2 says only what the command line says, and runs where it is
   called. #}
{% macro project_folder() %}{% do return(invocation_args_dict.project_dir or '.') %}{% endmacro %}
