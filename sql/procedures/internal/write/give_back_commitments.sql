-- Brings the lot commitments of restored orders back as they were before the release (R28, R34); where a remainder is
-- kept, only the order's own part (R35).
-- Precondition: the write mode is run.
create or replace function erp_internal.give_back_commitments(
    p_company_id integer, p_order_ids bigint[], p_merged_ids bigint[]
)
returns void
language plpgsql
volatile
as $$
begin
    with given_back as (
        delete from erp.material_lot_before_release as b
        where b.company_id = p_company_id and b.production_order_id = any (p_order_ids)
        returning b.*
    )

    insert into erp.material_lot as m (company_id, production_order_id, line, item_id, lot_id, quantity)
    select
        p_company_id, b.production_order_id, b.line, b.item_id, b.lot_id,
        case when s.production_order_id is null then b.quantity else b.kept_quantity end
    from given_back as b
    left join erp.production_order_split as s
        on
            s.company_id = p_company_id and s.production_order_id = b.production_order_id
            and s.remainder_order_id <> all (coalesce(p_merged_ids, '{}'))
    where s.production_order_id is null or b.kept_quantity > 0
    on conflict on constraint material_lot_pkey do update set quantity = excluded.quantity;
end;
$$;
