-- noqa: disable=layout.long_lines
-- What erp_api.diagnose_configuration may find: a sentence and a hint for each code in every language (R63), in the
-- order in which they are shown.
create or replace function erp_internal.finding_catalog()
returns table (sort_order integer, code text, language text, message text, hint text)
language sql
immutable
parallel safe
begin atomic
    select
        f.sort_order,
        f.code,
        f.language,
        f.message,
        f.hint
    from (
        values
        (1, 'period_closed', 'en', 'The record date lies outside the open period.', 'Open the period, or release with a date inside it.'),
        (1, 'period_closed', 'it', 'La data di registrazione è fuori dal periodo aperto.', 'Aprire il periodo, oppure rilasciare con una data che vi rientri.'),
        (2, 'period_ending', 'en', 'The open period ends within 30 days.', 'Extend the period in time.'),
        (2, 'period_ending', 'it', 'Il periodo aperto termina entro 30 giorni.', 'Prolungare il periodo per tempo.'),
        (3, 'mrp_parameters_missing', 'en', 'Items have no MRP parameters.', 'Enter their picking type and procurement type.'),
        (3, 'mrp_parameters_missing', 'it', 'Articoli senza parametri MRP.', 'Inserire il tipo di prelievo e il tipo di approvvigionamento.'),
        (4, 'warehouse_unresolved', 'en', 'Items for which no rule gives a warehouse.', 'Enter the section of the warehouse rules for the company, the item or the sites.'),
        (4, 'warehouse_unresolved', 'it', 'Articoli per i quali nessuna regola indica un magazzino.', 'Inserire il riquadro nelle regole magazzino della società, dell''articolo o degli stabilimenti.'),
        (5, 'reason_missing', 'en', 'Sections of the warehouse rules lack the reason wanted.', 'Enter the reason; under WIP management also the one of semi-finished materials, and for transfers the load reason.'),
        (5, 'reason_missing', 'it', 'Nei riquadri delle regole magazzino manca la causale richiesta.', 'Inserire la causale; con gestione WIP anche quella dei semilavorati e, per i trasferimenti, quella di carico.'),
        (6, 'reason_direction_wrong', 'en', 'Reasons load where they should issue, or issue where they should load.', 'Choose a reason of the other direction in the rule, the material row or the counterpart.'),
        (6, 'reason_direction_wrong', 'it', 'Causali che caricano dove devono scaricare, o viceversa.', 'Scegliere una causale di segno opposto nella regola, nella riga del materiale o nella contropartita.'),
        (7, 'reason_not_in_production', 'en', 'Reasons are not usable in production.', 'Make them usable in production, or choose others.'),
        (7, 'reason_not_in_production', 'it', 'Causali non utilizzabili in produzione.', 'Renderle utilizzabili in produzione, oppure sceglierne altre.'),
        (8, 'warehouse_expired', 'en', 'Warehouses are past their validity date on the record date.', 'Extend their validity, or change the rules, material rows and counterparts that name them.'),
        (8, 'warehouse_expired', 'it', 'Magazzini non più validi alla data di registrazione.', 'Prolungarne la validità, oppure cambiare le regole, le righe e le contropartite che li indicano.'),
        (9, 'warehouse_expiring', 'en', 'Warehouses reach their validity date within 30 days.', 'Extend their validity in time, or change what names them.'),
        (9, 'warehouse_expiring', 'it', 'Magazzini la cui validità termina entro 30 giorni.', 'Prolungarne la validità per tempo, oppure cambiare dove sono indicati.'),
        (10, 'location_blocked', 'en', 'Locations that material rows, the item-location map or reasons name are blocked.', 'Unblock them, or name others.'),
        (10, 'location_blocked', 'it', 'Ubicazioni bloccate indicate da righe materiale, articoli o causali.', 'Sbloccarle, oppure indicarne altre.'),
        (11, 'lot_required', 'en', 'Material rows want lots written on them, and those there do not cover the quantity.', 'Write the lots on the material rows.'),
        (11, 'lot_required', 'it', 'Righe materiale che richiedono lotti indicati, e quelli indicati non coprono la quantità.', 'Indicare i lotti sulle righe materiale.'),
        (12, 'lots_unusable', 'en', 'Items have stock, but none of its lots is usable on the record date.', 'Check state, dates, sellable and closed of the lots, and whether their locations are blocked.'),
        (12, 'lots_unusable', 'it', 'Articoli con giacenza, ma senza alcun lotto utilizzabile alla data di registrazione.', 'Verificare stato, date, vendibilità e chiusura dei lotti, e se le ubicazioni sono bloccate.'),
        (13, 'months_ending', 'en', 'The monthly partitions of stock end within 30 days.', 'Have whoever deploys run rilascio partition, and let it run every month.'),
        (13, 'months_ending', 'it', 'Le partizioni mensili dei movimenti terminano entro 30 giorni.', 'Far eseguire rilascio partition a chi installa, e ripeterlo ogni mese.')
    ) as f (sort_order, code, language, message, hint);
end;
