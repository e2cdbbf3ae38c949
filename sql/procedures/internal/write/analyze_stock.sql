-- Gathers the statistics of stock, as erp_internal.analyze_orders does those of orders.
create or replace function erp_internal.analyze_stock()
returns void
language plpgsql
volatile
as $$
begin
    if erp_internal.outgrew_statistics(
        array['erp.stock_record', 'erp.stock_movement', 'erp.stock_balance', 'erp.stock_document']::regclass []
    ) then
        analyze (skip_locked) -- noqa: LT01, LT06
            erp.stock_record, erp.stock_movement, erp.stock_balance, erp.stock_document;
    end if;
end;
$$;
