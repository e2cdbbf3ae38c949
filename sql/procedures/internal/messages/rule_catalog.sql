-- noqa: disable=layout.long_lines
-- The sentences of the rules across columns of the load format, in every language (R63). A rule is known by its English
-- sentence, as the description of the format has it (rilascio.loading.files); a test compares the two.
create or replace function erp_internal.rule_catalog()
returns table (code text, language text, sentence text)
language sql
immutable
parallel safe
begin atomic
    select
        r.english as code,
        s.language,
        s.sentence
    from (
        values
        ('period_end lies before period_start', 'period_end precede period_start'),
        ('counterpart_reason_code is given without counterpart_warehouse_code', 'counterpart_reason_code è indicato senza counterpart_warehouse_code'),
        ('counterpart_warehouse_code is given without counterpart_reason_code', 'counterpart_warehouse_code è indicato senza counterpart_reason_code'),
        ('a rule of level site names its site', 'una regola di livello site indica il suo sito'),
        ('only level site names a site', 'solo il livello site indica un sito'),
        ('a rule of level item names its item', 'una regola di livello item indica il suo articolo'),
        ('only level item names an item', 'solo il livello item indica un articolo'),
        ('only section wip has a reason for semi-finished items', 'solo il riquadro wip ha una causale per i semilavorati'),
        ('the item is not a lot item (tracking is none)', 'l''articolo non è gestito a lotti (tracking è none)'),
        ('stock of a lot item lies in a lot: lot_code is empty', 'la giacenza di un articolo a lotti sta in un lotto: lot_code è vuoto'),
        ('opening stock needs a reason of direction load', 'la giacenza iniziale richiede una causale di carico (direction load)'),
        ('reason_code is empty, and the warehouse has not exactly one reason of direction load', 'reason_code è vuoto, e il magazzino non ha esattamente una causale di carico (direction load)'),
        ('job_number is given without job_year', 'job_number è indicato senza job_year'),
        ('job_year is given without job_number', 'job_year è indicato senza job_number'),
        ('load_reason_code is given without load_warehouse_code', 'load_reason_code è indicato senza load_warehouse_code'),
        ('reason_code is given without warehouse_code', 'reason_code è indicato senza warehouse_code'),
        ('warehouse_code is given without reason_code', 'warehouse_code è indicato senza reason_code'),
        ('location_code is given without warehouse_code', 'location_code è indicato senza warehouse_code'),
        ('sub_phase is given without phase', 'sub_phase è indicato senza phase'),
        ('quantity and counted_quantity exclude each other', 'quantity e counted_quantity si escludono'),
        ('load_reason_code is given without counted_quantity', 'load_reason_code è indicato senza counted_quantity'),
        ('order_number is given without order_year', 'order_number è indicato senza order_year'),
        ('order_year is given without order_number', 'order_year è indicato senza order_number'),
        ('order_lot is given without order_number', 'order_lot è indicato senza order_number'),
        ('material_line is given without order_number', 'material_line è indicato senza order_number'),
        ('order_number is given without material_line', 'order_number è indicato senza material_line'),
        ('what is counted is for no order', 'ciò che si conta non è per un ordine'),
        ('the material line is of another item', 'la riga di materiale è di un altro articolo'),
        (
            'the picked quantity of the material line was put, and does not come from documents',
            'la quantità prelevata della riga di materiale è stata inviata, e non viene da documenti'
        )
    ) as r (english, italian)
    cross join lateral (
        values
        ('en', r.english),
        ('it', r.italian)
    ) as s (language, sentence);
end;
