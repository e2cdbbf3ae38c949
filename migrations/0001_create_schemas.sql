-- The four schemas of the product. Everything in them belongs to erp_owner,
-- the role under which migrations run.

create schema erp;
comment on schema erp is 'The tables: master data, production orders, stock and the runs of release and restore. Only the owner has privileges on them; clients use erp_api.';

create schema erp_api;
comment on schema erp_api is 'The contract: the functions that clients call and the views that they select. It only grows.';

create schema erp_data;
comment on schema erp_data is 'The data as it is put: a view for each kind of the load format, codes instead of ids, and stock. Part of the contract; it only grows.';

create schema erp_internal;
comment on schema erp_internal is 'Helpers of erp_api. No contract: they change with every deployment.';
