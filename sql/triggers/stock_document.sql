-- requires: internal/guards/protect_facts, internal/guards/protect_history, internal/guards/refuse_truncate
-- Which stock documents were posted is written by runs only: a key that was used is used for ever.

create or replace trigger stock_document_insert_protected
before insert on erp.stock_document
for each statement execute function erp_internal.protect_facts('of a document');

create or replace trigger stock_document_update_protected
after update on erp.stock_document
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of a document');

create or replace trigger stock_document_delete_protected
after delete on erp.stock_document
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of a document');

create or replace trigger stock_document_truncate_refused
before truncate on erp.stock_document
for each statement execute function erp_internal.refuse_truncate();
