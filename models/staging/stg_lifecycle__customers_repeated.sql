-- The customer rows whose customer_id occurs more than once, ranked. The first is kept: the
-- earliest registration, then the order of the other columns. (Rows that differ in x_ columns
-- alone have a rank in files only, where rows have a position.)
{{ config(materialized='table') }}

with sound_keys as (

    -- Read apart from the rows: a select that is used twice is kept in memory, all its columns.
    select customer_id from {{ ref('stg_lifecycle__customers_screened') }}
    where rejection_reason is null

),

sound_customers as (

    select * from {{ ref('stg_lifecycle__customers_screened') }}
    where rejection_reason is null

),

repeated_keys as (

    select customer_id
    from sound_keys
    group by customer_id
    having count(*) > 1

),

ranked as (

    select
        sound_customers.*,
        row_number() over (
            partition by sound_customers.customer_id
            order by
                sound_customers.registered_at asc,
                sound_customers.acquisition_channel asc nulls last,
                sound_customers.acquisition_cost desc nulls last,
                sound_customers.birth_date asc nulls last,
                sound_customers.region asc nulls last,
                sound_customers.marketing_consent asc nulls last,
                sound_customers.row_number asc nulls last
        ) as repeat_rank
    from sound_customers
    inner join repeated_keys on sound_customers.customer_id = repeated_keys.customer_id

)

select * from ranked
