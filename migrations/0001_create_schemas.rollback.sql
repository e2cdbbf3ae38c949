drop schema erp_internal;
drop schema erp_data;
drop schema erp_api;
drop schema erp;
