{# Files that no build reads as they are: the SQL that writes them anew. #}

{# Columns of money in which 1.234,50 stands for 1234.5, which no build reads. #}
{% macro amounts_with_commas(profiles) %}
    {% set found = [] %}
    {% for profile in profiles if profile.commas * 2 > profile.filled %}
        {% set likeness = [] %}
        {% for name in ['amount', 'product_cost', 'discount_amount', 'unit_price', 'cost'] %}
            {% do likeness.append(customer_lifecycle.name_likeness(name, profile)) %}
        {% endfor %}
        {% if likeness | max > 0 %}{% do found.append(profile.name) %}{% endif %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}


{% macro commas_text(path, place, names, delimiter) %}
    {% set changes = [] %}
    {% for name in names %}
        {% set digits = 'regexp_replace(' ~ adapter.quote(name) ~ ", '[^-0-9,]', '', 'g')" %}
        {% do changes.append('replace(' ~ digits ~ ", ',', '.') as " ~ adapter.quote(name)) %}
    {% endfor %}
    {% set new_file = customer_lifecycle.beside(path, 'points') %}
    {% do return([
        '# Decimal commas, which no build reads: ' ~ names | join(', ') ~ '.',
        '# This SQL, run in DuckDB, writes a file with points; look at that one next.',
    ] + customer_lifecycle.copy_text(
        'select * replace (\n    ' ~ changes | join(',\n    ') ~ '\n)\nfrom '
        ~ customer_lifecycle.source_text(place, delimiter), new_file
    )) %}
{% endmacro %}


{# The files, as a person reads them in DuckDB. #}
{% macro source_text(place, delimiter) %}
    {% set files = customer_lifecycle.quote_paths(place.files) %}
    {% if place.kind == 'parquet' %}
        {% do return('read_parquet(' ~ files ~ ', union_by_name = true)') %}
    {% endif %}
    {% set header = customer_lifecycle.csv_header(place.files[0], 'orders', delimiter) %}
    {% do return(
        'read_csv(' ~ files ~ ', header = true, all_varchar = true, delim = '
        ~ customer_lifecycle.quote_text(header.delimiter.replace('\t', '\\t')) ~ ')') %}
{% endmacro %}


{# A new Parquet file beside one, or beside a folder. #}
{% macro beside(path, what) %}
    {% set stem = modules.re.sub('\\.(parquet|csv|tsv|txt)(\\.gz)?$', '', path.rstrip('/')) %}
    {% do return(stem ~ '.' ~ what ~ '.parquet') %}
{% endmacro %}


{% macro copy_text(query, new_file) %}
    {% set sql = 'copy (\n' ~ query ~ '\n) to ' ~ customer_lifecycle.quote_text(new_file)
        ~ ' (format parquet);' %}
    {% set text = [] %}
    {% for line in sql.split('\n') %}{% do text.append('#   ' ~ line) %}{% endfor %}
    {% do return(text) %}
{% endmacro %}
