{# Parquet and CSV: DuckDB only. #}

{% macro read_parquet(files) -%}
    read_parquet({{ customer_lifecycle.quote_paths(files) }}, union_by_name = true)
{%- endmacro %}


{# Position of a row in all the files, 1 first. From the row's position in its file and the rows of
   the files before, since a window over all rows would read them in one thread. #}
{% macro parquet_row_number(files, columns) -%}
    {%- set rows_of_file = run_query(
        'select num_rows from parquet_file_metadata(' ~ customer_lifecycle.quote_paths(files) ~ ')'
    ).columns[0].values() -%}
    {%- if 'file_row_number' in columns or 'file_index' in columns -%}
    {#- The input's own columns hide DuckDB's. -#}
    row_number() over ()
    {%- elif files | length == 1 -%}
    file_row_number + 1
    {%- else -%}
    {%- set before = namespace(rows=1) -%}
    file_row_number + case file_index
        {%- for rows in rows_of_file %} when {{ loop.index0 }} then {{ before.rows }}
        {%- set before.rows = before.rows + rows %}
        {%- endfor %} end
    {%- endif -%}
{%- endmacro %}


{% macro quote_path(path) %}
    {% do return(customer_lifecycle.quote_text(
        path.replace('[', '[[]').replace('*', '[*]').replace('?', '[?]')
    )) %}
{% endmacro %}


{% macro quote_paths(paths) %}
    {% set quoted = [] %}
    {% for path in paths %}{% do quoted.append(customer_lifecycle.quote_path(path)) %}{% endfor %}
    {% do return('[' ~ quoted | join(', ') ~ ']') %}
{% endmacro %}


{% macro parquet_columns(files) %}
    {% set columns = {} %}
    {% for row in run_query("describe select * from " ~ customer_lifecycle.read_parquet(files)) %}
        {% do columns.update({row[0]: row[1]}) %}
    {% endfor %}
    {% do return(columns) %}
{% endmacro %}


{# All columns of all the files, as text. #}
{% macro csv_columns(files, input, delimiter=none) %}
    {% set columns = {} %}
    {% for file in files %}
        {% do customer_lifecycle.check_line_ends(file) %}
        {% for name in customer_lifecycle.csv_header(file, input, delimiter).names %}
            {% do columns.update({name: 'text'}) %}
        {% endfor %}
    {% endfor %}
    {% do return(columns) %}
{% endmacro %}


{# Lines as they stand in the file. All in one call, since dbt v2 forgets temporary tables after each. #}
{% macro first_lines(file, count) %}
    {% set line_query %}
        create or replace temp table lifecycle_first_lines as
        select line, false as is_wrong
        from read_csv(
            {{ customer_lifecycle.quote_path(file) }},
            columns = {'line': 'varchar'}, auto_detect = false, header = false,
            delim = '\x01', quote = '', escape = '', strict_mode = false,
            store_rejects = true, rejects_limit = 0,
            rejects_table = 'lifecycle_line_rejects', rejects_scan = 'lifecycle_line_scans'
        )
        limit {{ count }};

        insert into lifecycle_first_lines
        select csv_line, true
        from lifecycle_line_rejects
        where error_type = 'INVALID ENCODING'
        limit 1;

        drop table lifecycle_line_rejects;
        drop table lifecycle_line_scans;
        select line, is_wrong from lifecycle_first_lines order by rowid
    {% endset %}
    {% set lines, wrong = [], [] %}
    {% for line, is_wrong in run_query(line_query.replace('\\x01', '\x01')).rows %}
        {% do (wrong if is_wrong else lines).append(line) %}
    {% endfor %}
    {% if wrong or (lines and '\x00' in lines[0]) %}
        {% do exceptions.raise_compiler_error(customer_lifecycle.encoding_problem(
            file, 'UTF-16' if '\x00' in (wrong + lines)[0] else 'WINDOWS-1252')) %}
    {% endif %}
    {% do return(lines) %}
{% endmacro %}


{# What to do about a file in another encoding than UTF-8. #}
{% macro encoding_problem(file, encoding) %}
    {% set new_file = customer_lifecycle.file_beside(file, 'utf8') %}
    {% set is_packed = file.lower().endswith('.gz') %}
    {% do return(
        'customer_lifecycle: ' ~ file ~ ' is not UTF-8: it looks like ' ~ encoding ~ '. Convert it, and name '
        ~ 'the new file: ' ~ ("gzip -dc '" ~ file ~ "' | " if is_packed) ~ 'iconv -f ' ~ encoding ~ ' -t UTF-8'
        ~ ('' if is_packed else " '" ~ file ~ "'") ~ " > '" ~ new_file ~ "'") %}
{% endmacro %}


{# Another CSV file beside one. #}
{% macro file_beside(file, what) %}
    {% do return(modules.re.sub('[.](csv|tsv|txt)([.]gz)?$', '', file) ~ '.' ~ what ~ '.csv') %}
{% endmacro %}


{#
  Stops at line ends of two kinds, where the parser would lose its way. Files are looked at that fit into
  memory several times. What is between quotes is no line end of the file.
#}
{% macro check_line_ends(file) %}
    {# What is far away is not fetched twice. #}
    {% if '://' in file or file.lower().endswith('.gz') %}{% do return('') %}{% endif %}
    {% set path = customer_lifecycle.quote_path(file) %}
    {% set size = run_query('select size from read_blob(' ~ path ~ ')').columns[0].values() | first | int %}
    {% if size > 256000000 %}{% do return('') %}{% endif %}
    {% set query %}
        with text_read as (
            select try(decode(content)) as content from read_blob({{ path }})
        ),

        unquoted as (
            select
                case
                    when not contains(content, chr(34)) then content
                    else regexp_replace(
                        content, '(^|[,;|\t\r\n])"(?:[^"]|"")*"', '\1', 'g'
                    )
                end as content
            from text_read
            where contains(content, chr(13))
        )

        select
            contains(content, chr(13) || chr(10)) as has_both,
            regexp_matches(content, '(^|[^\r])\n') as has_feed,
            regexp_matches(content, '\r([^\n]|$)') as has_return
        from unquoted
    {% endset %}
    {% for has_both, has_feed, has_return in run_query(query).rows %}
        {% if [has_both, has_feed, has_return] | select | list | length > 1 %}
            {% set new_file = customer_lifecycle.file_beside(file, 'lines') %}
            {% do exceptions.raise_compiler_error(
                'customer_lifecycle: ' ~ file ~ ' has line ends of two kinds (Windows and Unix, as where files '
                ~ 'were put together). Write it anew with one, and name the new file: '
                ~ ("tr -s '\\r\\n' '\\n\\n'" if has_return else "tr -d '\\r'") ~ " < '" ~ file ~ "' > '"
                ~ new_file ~ "'") %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{#
  Delimiter and column names from the first line alone: a sniffer that looks at more would drop
  the header after one short line, or guess another dialect when a row is broken.
#}
{% macro csv_header(file, input, delimiter=none) %}
    {% set lines = customer_lifecycle.first_lines(file, 1) %}
    {% if not lines or not lines[0] %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: " ~ file ~ " is empty, or its first line is. An input file without rows "
            ~ "still needs its header line: " ~ customer_lifecycle.input_contract()[input].required.keys() | join(',')
        ) %}
    {% endif %}
    {% set line = lines[0].lstrip('\ufeff') %}
    {% if modules.re.fullmatch('"?sep=.?"?', line.strip(), modules.re.IGNORECASE) %}
        {% do exceptions.raise_compiler_error(
            "customer_lifecycle: the first line of " ~ file ~ " is " ~ line.strip() ~ ", which spreadsheets write "
            ~ "and only they read. Take it away, and name the new file: tail -n +2 '" ~ file ~ "' > '"
            ~ customer_lifecycle.file_beside(file, 'header') ~ "'") %}
    {% endif %}
    {% set best = namespace(
        delimiter=delimiter or var('lifecycle_csv_delimiter', none), count=0
    ) %}
    {% if not best.delimiter %}
        {% for candidate in [',', ';', '\t', '|'] if line.count(candidate) > best.count %}
            {% set best.delimiter = candidate %}
            {% set best.count = line.count(candidate) %}
        {% endfor %}
    {% endif %}
    {% set delimiter = best.delimiter or ',' %}
    {# A field is quoted (with doubled quotes inside) or free of delimiters. #}
    {% set field = '("(?:[^"]|"")*"|[^' ~ modules.re.escape(delimiter) ~ ']*)' %}
    {% set names = [] %}
    {% for name in modules.re.findall('(?:^|' ~ modules.re.escape(delimiter) ~ ')' ~ field, line) %}
        {% set name = name.strip() %}
        {% if name.startswith('"') %}
            {% set name = name[1:-1].replace('""', '"') %}
        {% endif %}
        {% if name | lower in names | map('lower') %}
            {% do exceptions.raise_compiler_error(
                "customer_lifecycle: " ~ file ~ " has two columns named " ~ name
                ~ ". Rename one of them in its header line.") %}
        {% endif %}
        {% do names.append(name or 'unnamed_' ~ loop.index) %}
    {% endfor %}
    {% do return({'delimiter': delimiter, 'names': names}) %}
{% endmacro %}


{% macro csv_relation(input) %}
    {% do return(api.Relation.create(
        database=this.database, schema=this.schema, identifier='stg_lifecycle__' ~ input ~ '_csv'
    )) %}
{% endmacro %}


{#
  Pre-hook of stg_lifecycle__<input>_read: reads CSV files into a table of text columns beside the model, with the
  rows that are not of the file's shape kept whole. For any other kind of input it drops that table.
  row_number counts the records of all files in order, malformed ones included: DuckDB numbers the
  malformed ones, and the others fill the numbers that are left.
#}
{% macro load_csv(input) %}
    {% if not execute %}{% do return('') %}{% endif %}
    {% set place = customer_lifecycle.input_place(input) %}
    {% if place.kind != 'csv' %}
        {# What an earlier run may have read from CSV files. #}
        {% do return(
            'drop table if exists ' ~ customer_lifecycle.csv_relation(input)
            if target.type == 'duckdb' else ''
        ) %}
    {% endif %}

    {{ customer_lifecycle.read_csv_files(
        place.files, 'table ' ~ customer_lifecycle.csv_relation(input), input
    ) }}
{% endmacro %}


{# Reads CSV files into `created` (table ... or temp table ...); see load_csv. #}
{% macro read_csv_files(files, created, input, delimiter=none) %}
    create or replace temp table lifecycle_csv_rows as
    select *, row_number() over () as lifecycle_parsed_number
    from (
        {% for file in files %}
        {% set header = customer_lifecycle.csv_header(file, input, delimiter) %}
        select *, {{ loop.index }} as lifecycle_file_number
        from read_csv(
            {{ customer_lifecycle.quote_path(file) }},
            columns = {
                {%- for name in header.names -%}
                {{ customer_lifecycle.quote_text(name) }}: 'varchar'{{ ', ' if not loop.last }}
                {%- endfor -%}
            },
            auto_detect = false, header = true, delim = {{ customer_lifecycle.quote_text(header.delimiter) }}, quote = '"', escape = '"',
            store_rejects = true, rejects_limit = 0,
            rejects_table = 'lifecycle_csv_rejects_{{ loop.index }}',
            rejects_scan = 'lifecycle_csv_scans_{{ loop.index }}'
        )
        {{ 'union all by name' if not loop.last }}
        {% endfor %}
    );

    {% for file in files %}
    select error({{ customer_lifecycle.quote_text(customer_lifecycle.encoding_problem(file, 'WINDOWS-1252')) }})
    from lifecycle_csv_rejects_{{ loop.index }}
    where error_type = 'INVALID ENCODING';
    {% endfor %}

    create or replace {{ created }} as
    with malformed as (
        {% for file in files %}
        select distinct
            {{ loop.index }} as lifecycle_file_number,
            line - 1 as record_number,
            trim(csv_line, chr(10) || chr(13)) as csv_line
        from lifecycle_csv_rejects_{{ loop.index }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    records_per_file as (
        select lifecycle_file_number, sum(records) as records
        from (
            select lifecycle_file_number, count(*) as records from lifecycle_csv_rows group by lifecycle_file_number
            union all
            select lifecycle_file_number, count(*) as records from malformed group by lifecycle_file_number
        )
        group by lifecycle_file_number
    ),

    numbered_malformed as (
        select
            m.csv_line,
            m.record_number + coalesce(sum(r.records), 0) as row_number,
            row_number() over (order by m.lifecycle_file_number, m.record_number) as malformed_number
        from malformed as m
        left join records_per_file as r on m.lifecycle_file_number > r.lifecycle_file_number
        group by m.lifecycle_file_number, m.record_number, m.csv_line
    ),

    malformed_so_far as (
        select
            row_number - malformed_number as parsed_before,
            max(malformed_number) as malformed_records
        from numbered_malformed
        group by row_number - malformed_number
    )

    select
        rows_read.* exclude (lifecycle_parsed_number, lifecycle_file_number),
        cast(rows_read.lifecycle_parsed_number + coalesce(m.malformed_records, 0) as bigint) as lifecycle_row_number,
        cast(null as varchar) as lifecycle_malformed
    from lifecycle_csv_rows as rows_read
    asof left join malformed_so_far as m on rows_read.lifecycle_parsed_number > m.parsed_before
    union all by name
    select
        cast(row_number as bigint) as lifecycle_row_number,
        csv_line as lifecycle_malformed
    from numbered_malformed;

    drop table lifecycle_csv_rows;
    {% for file in files %}
    drop table lifecycle_csv_rejects_{{ loop.index }};
    drop table lifecycle_csv_scans_{{ loop.index }};
    {% endfor %}
{% endmacro %}
