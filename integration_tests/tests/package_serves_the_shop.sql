-- What a guest must leave alone and what it must take over, a row for each thing that fails.
with extended as (
    select * from {{ ref('customer_lifecycle', 'customer_360_extended') }}
),

rfm as (
    select * from {{ ref('customer_lifecycle', 'customer_rfm') }}
),

receipts as (
    select * from {{ ref('receipts') }}
),

members as (
    select * from {{ ref('members') }}
),

ledger as (
    select * from {{ ref('customer_lifecycle', 'customer_value_ledger') }}
),

-- Of the receipts whose lines all have a wholesale price; the margin on the others is .4.
wholesale as (
    select
        receipt,
        sum(cast(wholesale as decimal(18, 4))) as cost
    from {{ ref('receipt_lines') }}
    group by receipt
    having count(*) = count(wholesale)
),

certificates as (
    select * from {{ ref('customer_lifecycle', 'method_certificates') }}
)

select 'a member is missing or there twice' as failure
where (select count(*) from extended) <> (select count(*) from members)
union all
select 'the x_ column did not arrive as it was'
where exists (
    select 1 from extended
    inner join members on extended.customer_id = cast(members.member as varchar)
    where extended.x_card <> members.x_card
)
union all
select 'the money is not the receipts'' money'
where (select sum(historic_amount) from extended) <> (
    select sum(cast(total as decimal(18, 4))) from receipts
)
union all
select 'the costs are not those of the lines and of the mailings up to the last receipt'
where
    (select sum(product_cost) from ledger) <> (
        select sum(coalesce(wholesale.cost, cast(receipts.total as decimal(18, 4)) * 0.6))
        from receipts
        left join wholesale on receipts.receipt = wholesale.receipt
    )
    or (select sum(contact_cost) from ledger) <> (
        select sum(cast(price as decimal(18, 4))) from {{ ref('mailings') }}
        where mailed_on <= '2024-12-30'
    )
union all
select 'members who have not bought are not potential'
where (select count(*) from extended where lifecycle_stage = 'potential') <> 2
union all
select 'the segments are not the shop''s own'
where exists (
    select 1 from rfm
    where rfm_segment not in ('regulars', 'friends', 'strangers')
)
union all
select 'the marts are not in the shop''s schema: {{ ref("customer_lifecycle", "customer_rfm").schema }}'
where '{{ ref("customer_lifecycle", "customer_rfm").schema }}' <> '{{ target.schema }}_lifecycle'
union all
select 'there is no forecast'
where (select count(expected_purchases_365d) from extended) = 0
union all
select 'formulas are not checked, or the papers'' data are, which are not here'
where
    (select count(*) from certificates where is_within) < 30
    or exists (select 1 from certificates where dataset = 'cdnow_sample' and is_within is not null)
