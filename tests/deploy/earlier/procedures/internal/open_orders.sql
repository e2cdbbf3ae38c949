-- requires: views/order_list
-- Gone since, as is the view that it reads.
create or replace function erp_internal.open_orders(p_company_id integer)
returns setof erp_api.order_list
language sql
stable
begin atomic
    select l.* from erp_api.order_list as l where l.company_id = p_company_id;
end;
