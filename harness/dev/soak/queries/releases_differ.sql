-- An order is executive or closed if and only if it was released once more than it was restored; an archived one may be
-- of either.
select
    o.company_id,
    o.production_order_id,
    o.status,
    coalesce(r.balance, 0) as balance
from erp.production_order as o
full join (
    select
        company_id,
        production_order_id,
        count(*) filter (where outcome in ('released', 'split'))
        - count(*) filter (where outcome = 'restored') as balance
    from erp.run_order
    group by company_id, production_order_id
) as r using (company_id, production_order_id)
where
    case
        -- a remainder that was merged back; if it was asked besides, it is called restored without a release
        when o.production_order_id is null then r.balance not in (-1, 0)
        when o.status = 'archived' then coalesce(r.balance, 0) not in (0, 1)
        else coalesce(r.balance, 0) <> case when o.status in ('executive', 'closed') then 1 else 0 end
    end
