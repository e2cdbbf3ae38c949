-- Returns sent rows in which a cell may be faulty: all but those of blocks whose text the pattern of their kind
-- matches, which takes no time to speak of. p_pattern: one of rows end to end, as JSON writes them.
-- A pattern costs too much for one row, since what it is compiled to is built anew for each text; and a block of all
-- rows would be too long a text. Of a long row the pattern does not tell how long its cells are.
create or replace function erp_internal.doubtful_rows(p_rows erp_internal.sent_row[], p_pattern text)
returns erp_internal.sent_row[]
language plpgsql
immutable
as $$
declare
    c_block_size constant integer := 500;
    c_longest_row constant integer := 500;
    v_blocks bigint [];
begin
    v_blocks := array(
        select b.block
        from (
            select
                r.block,
                pg_catalog.string_agg(r.cells, '') as cells,
                pg_catalog.max(pg_catalog.octet_length(r.cells)) as longest
            from (
                select
                    (r.index - 1) / c_block_size as block,
                    r.cells::text as cells
                from unnest(p_rows) with ordinality as r (ordinal, parent, place, cells, index)
                offset 0
            ) as r
            group by r.block
        ) as b
        where b.longest > c_longest_row or b.cells !~ p_pattern
    );
    if v_blocks = '{}' then
        return array[]::erp_internal.sent_row [];
    end if;
    return array(
        select s::erp_internal.sent_row
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells
            from unnest(p_rows) with ordinality as r (ordinal, parent, place, cells, index)
            where (r.index - 1) / c_block_size = any(v_blocks)
        ) as s
    );
end;
$$;
