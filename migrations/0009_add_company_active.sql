-- A company that moves to another database lies at both for a while: in force at one, a copy at the other.

alter table erp.company add column active boolean not null default true;
comment on column erp.company.active is 'Whether the company is in force in this database; false of a copy, which is on its way here or was left when the company moved to another database: nobody reads it, and no run writes to it.';
