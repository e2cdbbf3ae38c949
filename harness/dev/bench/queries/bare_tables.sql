-- The tables that a release and a restore of an order write, once more: with the same rows, defaults, checks and
-- indexes, without triggers. The view tells the foreign keys that they lack yet; those that name one of these tables
-- stay among them.
create schema bare;

create table bare.run (like erp.run including all);
create table bare.run_order (like erp.run_order including all);
create table bare.job_order (like erp.job_order including all);
create table bare.production_order (like erp.production_order including all);
create table bare.released_material (like erp.released_material including all);
create table bare.stock_record_counter (like erp.stock_record_counter including all);
create table bare.stock_record (like erp.stock_record including all);
create table bare.stock_movement (like erp.stock_movement including all);
create table bare.stock_balance (like erp.stock_balance including all);
create table bare.removed_stock_record (like erp.removed_stock_record including all);
create table bare.removed_stock_movement (like erp.removed_stock_movement including all);

insert into bare.run select r.* from erp.run as r;
insert into bare.run_order select o.* from erp.run_order as o;
insert into bare.job_order select j.* from erp.job_order as j;
insert into bare.production_order select o.* from erp.production_order as o;
insert into bare.stock_record_counter select c.* from erp.stock_record_counter as c;
insert into bare.stock_record select r.* from erp.stock_record as r;
insert into bare.stock_movement select m.* from erp.stock_movement as m;
insert into bare.stock_balance select b.* from erp.stock_balance as b;

create view bare.foreign_keys as
select
    c.relname as table_name,
    f.conname as constraint_name,
    case
        when to_regclass('bare.' || quote_ident(p.relname)) is null then pg_get_constraintdef(f.oid)
        else replace(
            pg_get_constraintdef(f.oid), 'REFERENCES erp.' || p.relname || '(', 'REFERENCES bare.' || p.relname || '('
        )
    end as definition
from pg_constraint as f
inner join pg_class as c on c.oid = f.conrelid
inner join pg_class as p on p.oid = f.confrelid
where
    f.contype = 'f' and c.relnamespace = 'erp'::regnamespace
    and to_regclass('bare.' || quote_ident(c.relname)) is not null;
