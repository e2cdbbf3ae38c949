-- Three sites, with a warehouse each.
insert into erp.site (company_id, site_id, site_code) select 1, s, 'SITE' || s from generate_series(1, 3) as s;
update erp.warehouse set site_id = warehouse_id - 10
where company_id = 1 and warehouse_id > 10;
