-- Drops of signatures and views that are no longer part of the product. Idempotent, never cascade.
select 1;
