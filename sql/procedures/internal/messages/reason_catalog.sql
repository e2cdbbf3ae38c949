-- noqa: disable=layout.long_lines
-- The one catalog of the reasons that a call gives (section 7 of the rules, R63): a code has a row here, or it is no
-- reason. precedence orders the reasons of an order; severity is refusal, or warning, which refuses nothing; meaning is
-- for the documents; message and hint are in every language, or the row cannot be written. The phrases follow the
-- warehouse where stock was looked for in one location, or in none; others say what the reason is about.
-- The placeholders are listed for clients too, and so in sql/views/reason_code.sql alone.
create or replace function erp_internal.reason_catalog()
returns table (
    precedence integer,
    code text,
    severity text,
    meaning text,
    language text,
    message text,
    hint text,
    location_phrase text,
    no_location_phrase text,
    order_phrase text,
    document_phrase text,
    document_line_phrase text
)
language sql
immutable
parallel safe
begin atomic
    select
        r.precedence,
        r.code,
        r.severity,
        r.meaning,
        s.language,
        s.message,
        s.hint,
        s.location_phrase,
        s.no_location_phrase,
        s.order_phrase,
        s.document_phrase,
        s.document_line_phrase
    from (
        values
        (
            10, 'order_not_found', 'refusal',
            'The company has no production order with this id.',
            'Order %1$s does not exist.',
            'Select the order from the grid again; a restore may have merged it back.',
            'L''ordine %1$s non esiste.',
            'Selezionare di nuovo l''ordine dalla griglia; un ripristino può averlo riunito.'
        ),
        (
            20, 'declaration_not_found', 'refusal',
            'The company has no production declaration with this id.',
            'Declaration %1$s does not exist.',
            'Select the declaration from the grid again; it may have been deleted.',
            'La dichiarazione %1$s non esiste.',
            'Selezionare di nuovo la dichiarazione dalla griglia; può essere stata eliminata.'
        ),
        (
            30, 'order_not_launched', 'refusal',
            'Only a launched order can be released, or merged.',
            'Order %1$s is not launched.',
            'Only launched orders can be released or merged; restore it first if it is executive.',
            'L''ordine %1$s non è lanciato.',
            'Si rilasciano e si riuniscono solo ordini lanciati; se è esecutivo, ripristinarlo prima.'
        ),
        (
            32, 'not_a_remainder', 'refusal',
            'Only the remainder of a split is merged, into the order that it was split from.',
            'Order %1$s was split from no order that is still there.',
            'Merge only what a split made, as run_order_history tells.',
            'L''ordine %1$s non è stato frazionato da alcun ordine ancora esistente.',
            'Riunire solo ciò che un frazionamento ha creato, come indica run_order_history.'
        ),
        (
            34, 'split_in_force', 'refusal',
            'The split that made the order is in force: restore takes it back.',
            'The split that made order %1$s is in force.',
            'Restore the order that was split: it takes the remainder in again.',
            'Il frazionamento che ha creato l''ordine %1$s è in essere.',
            'Ripristinare l''ordine frazionato: riprende il residuo.'
        ),
        (
            36, 'origin_not_launched', 'refusal',
            'The order that the remainder was split from is not launched.',
            'Order %1$s was split from order %8$s, which is not launched.',
            'Restore that order first.',
            'L''ordine %1$s è stato frazionato dall''ordine %8$s, che non è lanciato.',
            'Ripristinare prima quell''ordine.'
        ),
        (
            40, 'already_registered', 'refusal',
            'The declaration is registered: roll its registration back first.',
            'This declaration of order %1$s is registered.',
            'Roll its registration back first.',
            'Questa dichiarazione dell''ordine %1$s è registrata.',
            'Annullarne prima la registrazione.'
        ),
        (
            50, 'not_registered', 'refusal',
            'Only a registered declaration can be rolled back.',
            'This declaration of order %1$s is not registered.',
            'Only registered declarations are rolled back.',
            'Questa dichiarazione dell''ordine %1$s non è registrata.',
            'Si annullano solo dichiarazioni registrate.'
        ),
        (
            60, 'order_not_executive', 'refusal',
            'Only an executive order can be restored.',
            'Order %1$s is not executive.',
            'Only executive orders can be restored or worked on.',
            'L''ordine %1$s non è esecutivo.',
            'Si ripristinano e si lavorano solo ordini esecutivi.'
        ),
        (
            70, 'order_closed', 'refusal',
            'The order is closed: roll back the declaration''s registration, delete the declaration, then restore.',
            'Order %1$s is closed.',
            'Go backwards: roll back the registrations of its declarations, its closing first (or reopen it if it was closed short), delete them, then restore.',
            'L''ordine %1$s è evaso.',
            'Procedere a ritroso: annullare le registrazioni delle dichiarazioni, prima la chiusura (o riaprirlo se evaso forzatamente), eliminarle, poi ripristinare.'
        ),
        (
            72, 'order_short_closed', 'refusal',
            'The order was closed short: reopen it first.',
            'Order %1$s was closed short.',
            'Reopen it first (reopen_production_orders): it is executive again, as it was.',
            'L''ordine %1$s è stato evaso forzatamente.',
            'Riaprirlo prima (reopen_production_orders): torna esecutivo, com''era.'
        ),
        (
            74, 'order_not_short_closed', 'refusal',
            'Only an order that was closed short is reopened.',
            'Order %1$s was not closed short.',
            'If a registration closed it, roll that back; a launched order has nothing to be reopened.',
            'L''ordine %1$s non è stato evaso forzatamente.',
            'Se lo ha chiuso una registrazione, annullare quella; un ordine lanciato non ha nulla da riaprire.'
        ),
        (
            76, 'order_executive', 'refusal',
            'An executive order is not archived: its work goes on.',
            'Order %1$s is executive and cannot be archived.',
            'Close it first, by its declarations or short, or restore it.',
            'L''ordine %1$s è esecutivo e non si può storicizzare.',
            'Evaderlo prima, con le dichiarazioni o forzatamente, oppure ripristinarlo.'
        ),
        (
            78, 'declarations_pending', 'refusal',
            'Declarations of the order are not registered yet, so it is not closed short.',
            'Declarations of order %1$s are not registered: %8$s.',
            'Register them, or delete them, first.',
            'Dichiarazioni dell''ordine %1$s non ancora registrate: %8$s.',
            'Prima registrarle o eliminarle.'
        ),
        (
            80, 'phase_unknown', 'refusal',
            'The order has no such phase.',
            'Order %1$s has no phase %8$s.',
            'Declare on a phase and sub-phase of the order.',
            'L''ordine %1$s non ha la fase %8$s.',
            'Dichiarare su una fase e sottofase dell''ordine.'
        ),
        (
            90, 'phase_not_productive', 'refusal',
            'Production is declared on productive phases only.',
            'Order %1$s: no work is declared on phase %8$s, it is not productive.',
            'Declare on a productive phase.',
            'Ordine %1$s: sulla fase %8$s non si dichiara lavoro, non è produttiva.',
            'Dichiarare su una fase produttiva.'
        ),
        (
            100, 'sequence_broken', 'refusal',
            'The declarations of a phase come one after the other: this one is out of turn.',
            'Order %1$s: this declaration is out of the sequence of its phase.',
            'Go forward from the opening to the closing, in order of time, and backward from the last row.',
            'Ordine %1$s: questa dichiarazione è fuori dalla sequenza della sua fase.',
            'Avanzare dall''apertura alla chiusura, in ordine di tempo, e procedere a ritroso dall''ultima riga.'
        ),
        (
            110, 'over_production', 'refusal',
            'The good quantity declared on the phase exceeds what the company allows of the order.',
            'Order %1$s: %5$s %7$s of item %2$s would be declared good on phase %8$s, %6$s are allowed.',
            'Declare less, or raise the percentage of over-production.',
            'Ordine %1$s: sulla fase %8$s risulterebbero buoni %5$s %7$s dell''articolo %2$s, ammessi %6$s.',
            'Dichiarare meno, o aumentare la percentuale di sovraproduzione.'
        ),
        (
            115, 'quantity_out_of_range', 'refusal',
            'The quantity of an order, or what is produced of it, would grow beyond what can be kept.',
            'Order %1$s: %5$s %7$s of item %2$s would be produced in all; it must stay below %6$s.',
            'Correct the declarations, or spread the quantity over several orders.',
            'Ordine %1$s: risulterebbero prodotti in tutto %5$s %7$s dell''articolo %2$s; devono restare sotto %6$s.',
            'Correggere le dichiarazioni, oppure ripartire la quantità su più ordini.'
        ),
        (
            117, 'quantity_not_possible', 'refusal',
            'The quantity that is to be released is no part of the order: not above 0, too large, or with too many decimals.',
            'Order %1$s, of %6$s, cannot be released in a quantity of %8$s.',
            'Choose more than 0 and no more than the order has, with no more decimals than its item.',
            'L''ordine %1$s, di %6$s, non può essere rilasciato per una quantità di %8$s.',
            'Scegliere più di 0 e non più di quanto ha l''ordine, con non più decimali del suo articolo.'
        ),
        (
            120, 'period_closed', 'refusal',
            'The record date lies outside the company''s open period.',
            '%14$s: the record date %9$s lies outside the open period, %10$s to %11$s.',
            'Choose a date in the open period, or open the period.',
            '%14$s: la data di registrazione %9$s è fuori dal periodo aperto, dal %10$s al %11$s.',
            'Scegliere una data del periodo aperto, oppure riaprire il periodo.'
        ),
        (
            125, 'record_numbers_exhausted', 'refusal',
            'The counter of a warehouse and day has no number left for the records.',
            '%14$s: warehouse %3$s has no record number left on %9$s.',
            'Take another record date.',
            '%14$s: il magazzino %3$s non ha più numeri di registrazione per il %9$s.',
            'Usare un''altra data di registrazione.'
        ),
        (
            130, 'declarations_exist', 'refusal',
            'Production has been declared on the order: delete the declarations first.',
            'Production of order %1$s has been declared: %8$s.',
            'Roll back and delete its production declarations, then restore.',
            'Per l''ordine %1$s esistono dichiarazioni di produzione: %8$s.',
            'Annullare ed eliminare le dichiarazioni, poi ripristinare.'
        ),
        (
            140, 'mrp_parameters_missing', 'refusal',
            'The item has no MRP parameters, so how it is picked is unknown.',
            'Order %1$s: item %2$s has no MRP parameters.',
            'Enter the picking type and procurement type of the item.',
            'Ordine %1$s: l''articolo %2$s non ha parametri MRP.',
            'Inserire tipo di prelievo e tipo di approvvigionamento dell''articolo.'
        ),
        (
            150, 'warehouse_unresolved', 'refusal',
            'No level of the rules names a warehouse and a reason for the material.',
            'Order %1$s: no rule gives a warehouse for item %2$s.',
            'Enter the section of the warehouse rules for the site, the item, the machine''s site or the company.',
            'Ordine %1$s: nessuna regola indica il magazzino dell''articolo %2$s.',
            'Compilare il riquadro magazzini del sito, dell''articolo, del sito della macchina o della società.'
        ),
        (
            160, 'warehouse_expired', 'refusal',
            'The warehouse is no longer valid on the record date.',
            '%14$s: warehouse %3$s of item %2$s is no longer valid on the record date.',
            'Choose another warehouse or extend its validity.',
            '%14$s: il magazzino %3$s dell''articolo %2$s non è più valido alla data di registrazione.',
            'Scegliere un altro magazzino o prolungarne la validità.'
        ),
        (
            170, 'reason_unusable', 'refusal',
            'The movement reason is missing, of the wrong direction, of another warehouse or not usable in production.',
            '%14$s: the reason for item %2$s in warehouse %3$s is missing, has the wrong direction or is not usable in production.',
            'Correct the reason in the warehouse rules, on the material row, in the document or in the counterpart.',
            '%14$s: la causale dell''articolo %2$s nel magazzino %3$s manca, ha il verso errato o non è utilizzabile in produzione.',
            'Correggere la causale nel riquadro magazzini, sul materiale, nel documento o nella contropartita.'
        ),
        (
            180, 'lot_required', 'refusal',
            'The item is issued by chosen lots, and the material row''s lots do not cover the quantity.',
            '%14$s: %5$s %7$s of item %2$s move in warehouse %3$s, but the lots written for it cover %6$s.',
            'Write the lots on the material row, or the lot on the declaration or the line of the document.',
            '%14$s: %5$s %7$s dell''articolo %2$s nel magazzino %3$s, ma i lotti indicati ne coprono %6$s.',
            'Indicare i lotti sul materiale, o il lotto sulla dichiarazione o sulla riga del documento.'
        ),
        (
            190, 'lot_unavailable', 'refusal',
            'The usable lots do not cover the quantity.',
            'Order %1$s: %5$s %7$s of item %2$s required from the usable lots%4$s in warehouse %3$s, which cover %6$s.',
            'Check state, dates and stock of the lots.',
            'Ordine %1$s: servono %5$s %7$s dell''articolo %2$s dai lotti utilizzabili%4$s nel magazzino %3$s, che ne coprono %6$s.',
            'Verificare stato, date e giacenza dei lotti.'
        ),
        (
            200, 'insufficient_stock', 'refusal',
            'The stock available on the record date does not cover the quantity.',
            '%14$s: %5$s %7$s of item %2$s%4$s required from warehouse %3$s, %6$s available.',
            'Try again when stock has come in.',
            '%14$s: servono %5$s %7$s dell''articolo %2$s%4$s dal magazzino %3$s, disponibili %6$s.',
            'Riprovare quando la merce è arrivata.'
        ),
        (
            210, 'later_stock_negative', 'refusal',
            'The stock covers the record date, but a later day would fall below zero.',
            '%14$s: %5$s %7$s of item %2$s%4$s required from warehouse %3$s, but on a later date only %6$s are available.',
            'Later movements need this stock; take a later record date.',
            '%14$s: servono %5$s %7$s dell''articolo %2$s%4$s dal magazzino %3$s, ma a una data successiva ne restano %6$s.',
            'Movimenti successivi usano questa giacenza; usare una data successiva.'
        ),
        (
            220, 'counterpart_stock_used', 'refusal',
            'What a release, a registration or a stock document loaded has been used since: taking it back would go below zero.',
            '%14$s: %5$s %7$s of item %2$s%4$s were loaded into warehouse %3$s; only %6$s are left there.',
            'Take back what used them first.',
            '%14$s: sono stati caricati %5$s %7$s dell''articolo %2$s%4$s nel magazzino %3$s; ne restano solo %6$s.',
            'Annullare prima ciò che li ha usati.'
        ),
        (
            230, 'split_not_possible', 'refusal',
            'The order has something picked, declared or consumed, or its number has no lot left: it cannot be split.',
            'Order %1$s cannot be split: work on it has begun, or its number has no lot left.',
            'Release it whole, once stock covers it.',
            'L''ordine %1$s non è frazionabile: la lavorazione è iniziata, o il numero non ha più lotti liberi.',
            'Rilasciarlo intero, quando la giacenza lo copre.'
        ),
        (
            240, 'zero_feasible_quantity', 'refusal',
            'The stock does not cover even the smallest quantity of the order.',
            'Order %1$s: stock covers no part of it.',
            'Release it when stock has come in.',
            'Ordine %1$s: la giacenza non ne copre alcuna parte.',
            'Rilasciare quando la merce è arrivata.'
        ),
        (
            250, 'all_or_none', 'refusal',
            'The order or row could go, but something else in the same all-or-none call is refused.',
            '%1$s was left alone because something else in the call was refused.',
            'Correct or leave out what was refused.',
            '%1$s non è stato toccato perché altro nella richiesta è stato rifiutato.',
            'Correggere o escludere ciò che è stato rifiutato.'
        ),
        (
            260, 'remainder_kept', 'warning',
            'The remainder of the split has gone its own way: it stays, and the order keeps its reduced quantity.',
            'Order %1$s keeps its reduced quantity: the remainder of its split has been worked on.',
            'The two orders are now independent; merge_remainders puts them together again.',
            'L''ordine %1$s mantiene la quantità ridotta: il residuo del frazionamento è già stato lavorato.',
            'I due ordini sono ora indipendenti; merge_remainders li riunisce.'
        ),
        (
            270, 'merged_back', 'warning',
            'The remainder of a split, requested too, was merged back into its order.',
            'Order %1$s, requested too, was merged back into the order that it was split from.',
            'Select that order from the grid: it has its whole quantity again.',
            'L''ordine %1$s, richiesto insieme, è stato riunito all''ordine da cui era stato frazionato.',
            'Selezionare quell''ordine dalla griglia: ha di nuovo la quantità intera.'
        ),
        (
            300, 'value_required', 'refusal',
            'The column of a sent row must have a value.',
            'Column %12$s: a value is required.',
            'Send one.',
            'Colonna %12$s: il valore è obbligatorio.',
            'Indicarne uno.'
        ),
        (
            302, 'bad_number', 'refusal',
            'The cell of a sent row is not a number.',
            'Column %12$s: "%8$s" is not a number such as 12.5.',
            'Send digits, with a point before the decimals.',
            'Colonna %12$s: "%8$s" non è un numero come 12.5.',
            'Inviare cifre, con un punto prima dei decimali.'
        ),
        (
            304, 'bad_integer', 'refusal',
            'The cell of a sent row is not a whole number.',
            'Column %12$s: "%8$s" is not a whole number.',
            'Send digits alone.',
            'Colonna %12$s: "%8$s" non è un numero intero.',
            'Inviare solo cifre.'
        ),
        (
            306, 'bad_date', 'refusal',
            'The cell of a sent row is not a date of the calendar.',
            'Column %12$s: "%8$s" is not a date in the form YYYY-MM-DD.',
            'Send year, month and day.',
            'Colonna %12$s: "%8$s" non è una data nella forma AAAA-MM-GG.',
            'Inviare anno, mese e giorno.'
        ),
        (
            308, 'bad_boolean', 'refusal',
            'The cell of a sent row is neither true nor false.',
            'Column %12$s: "%8$s" is not true or false.',
            'Send true or false.',
            'Colonna %12$s: "%8$s" non è true o false.',
            'Inviare true o false.'
        ),
        (
            310, 'bad_value', 'refusal',
            'The cell of a sent row is a list or an object.',
            'Column %12$s: %8$s is not a single value.',
            'Send a text, a number, true, false or null.',
            'Colonna %12$s: %8$s non è un valore singolo.',
            'Inviare un testo, un numero, true, false o null.'
        ),
        (
            312, 'out_of_range', 'refusal',
            'The number in a sent row lies outside what its column can hold.',
            'Column %12$s: "%8$s" must be %13$s.',
            'Send a number within the limits.',
            'Colonna %12$s: "%8$s" deve essere %13$s.',
            'Inviare un numero entro i limiti.'
        ),
        (
            314, 'unknown_word', 'refusal',
            'The cell of a sent row is none of the words of its column.',
            'Column %12$s: "%8$s" is not one of: %13$s.',
            'Send one of these words.',
            'Colonna %12$s: "%8$s" non è una di: %13$s.',
            'Inviare una di queste parole.'
        ),
        (
            315, 'unknown_time_zone', 'refusal',
            'The server knows no time zone of the name in a sent row.',
            'Column %12$s: "%8$s" is not the name of a time zone that the server knows.',
            'Send a name such as Europe/Rome.',
            'Colonna %12$s: "%8$s" non è il nome di un fuso orario noto al server.',
            'Inviare un nome come Europe/Rome.'
        ),
        (
            316, 'value_too_long', 'refusal',
            'The text in a sent row is longer than its column allows.',
            'Column %12$s: "%8$s" has more than %13$s characters.',
            'Send a shorter text.',
            'Colonna %12$s: "%8$s" ha più di %13$s caratteri.',
            'Inviare un testo più breve.'
        ),
        (
            318, 'duplicate_key', 'refusal',
            'Another row of the same kind in the call has the same key.',
            'The key up to column %12$s stands in row %8$s already.',
            'Send each key once.',
            'La chiave fino alla colonna %12$s è già nella riga %8$s.',
            'Inviare ogni chiave una sola volta.'
        ),
        (
            320, 'unknown_reference', 'refusal',
            'A sent row names what the company does not have.',
            'Column %12$s: the company has no %13$s "%8$s".',
            'Send what is named before, or in the same call; it may have been refused there.',
            'Colonna %12$s: la società non ha %13$s "%8$s".',
            'Inviare prima ciò che è indicato, o nella stessa richiesta; può esservi stato rifiutato.'
        ),
        (
            322, 'rule_broken', 'refusal',
            'The values of a sent row do not go together.',
            'Column %12$s: %13$s.',
            'Correct the columns that the sentence names.',
            'Colonna %12$s: %13$s.',
            'Correggere le colonne nominate.'
        ),
        (
            324, 'read_only_value', 'refusal',
            'A sent row has another value in a column that is read alone.',
            'Column %12$s is not put: it is "%13$s", not "%8$s".',
            'Leave the column out, or select the row again.',
            'La colonna %12$s non si invia: è "%13$s", non "%8$s".',
            'Omettere la colonna, o selezionare di nuovo la riga.'
        ),
        (
            326, 'item_moved', 'refusal',
            'Movements, lots or released orders stand on what the item is now.',
            'Column %12$s of item %2$s stays: something stands on it, such as %8$s.',
            'Make a new item, or take back what stands on this one.',
            'La colonna %12$s dell''articolo %2$s resta: vi si basa qualcosa, come %8$s.',
            'Creare un nuovo articolo, o annullare ciò che si basa su questo.'
        ),
        (
            328, 'reason_used', 'refusal',
            'Stock records have the reason, so its direction stays.',
            'Column %12$s stays: records in warehouse %3$s have the reason, such as %8$s.',
            'Make a new reason.',
            'La colonna %12$s resta: registrazioni nel magazzino %3$s hanno la causale, come %8$s.',
            'Creare una nuova causale.'
        ),
        (
            330, 'stock_negative', 'refusal',
            'Stock that would have to be above zero is below it, now or later.',
            'Column %12$s: item %2$s in warehouse %3$s has %6$s %7$s on %9$s.',
            'Count or load the stock first.',
            'Colonna %12$s: l''articolo %2$s nel magazzino %3$s ha %6$s %7$s il %9$s.',
            'Inventariare o caricare prima la merce.'
        ),
        (
            332, 'still_used', 'refusal',
            'Other rows name the row, so it cannot be deleted.',
            'It is still named by %8$s (%5$s), such as %13$s.',
            'Delete what names it first, in the same call if you like.',
            'È ancora indicato da %8$s (%5$s), come %13$s.',
            'Eliminare prima ciò che lo indica, anche nella stessa richiesta.'
        ),
        (
            400, 'order_released', 'refusal',
            'The order is executive: what it was released with is not put, nor is it deleted.',
            'Order %1$s is released: %12$s%8$s cannot be put.',
            'Restore the order first.',
            'L''ordine %1$s è rilasciato: %12$s%8$s non si può inviare.',
            'Ripristinare prima l''ordine.'
        ),
        (
            402, 'order_archived', 'refusal',
            'The order is archived: nothing of it changes, and nothing is picked for it or given back.',
            'Order %1$s is archived: nothing of it changes.',
            'Leave the order out.',
            'L''ordine %1$s è storicizzato: nulla di esso cambia.',
            'Omettere l''ordine.'
        ),
        (
            404, 'status_by_run', 'refusal',
            'An order becomes executive by release and closed by its declarations; a put makes it launched or archived.',
            'Order %1$s does not become %8$s by being put.',
            'Release the order, and declare its production.',
            'L''ordine %1$s non diventa %8$s inviandolo.',
            'Rilasciare l''ordine e dichiararne la produzione.'
        ),
        (
            406, 'bad_list', 'refusal',
            'The list of a sent document is no array of objects.',
            'Column %12$s: %8$s is no list of objects.',
            'Send an array of objects, or leave the list out.',
            'Colonna %12$s: %8$s non è una lista di oggetti.',
            'Inviare una lista di oggetti, o omettere la lista.'
        ),
        (
            408, 'phase_used', 'refusal',
            'A phase that was left out of the list is still named by a material row or by a declaration.',
            'Phase %8$s of order %1$s is left out, but is named by %13$s.',
            'Send the phase too, or the materials with other phases.',
            'La fase %8$s dell''ordine %1$s è omessa, ma è indicata da %13$s.',
            'Inviare anche la fase, oppure i materiali con altre fasi.'
        ),
        (
            410, 'lot_of_other_item', 'refusal',
            'The item or variant of a material row changes, while its lots, which were not sent, are of the item before.',
            'Column %12$s: the row has lots of the item that it had before.',
            'Send material_lots with the row.',
            'Colonna %12$s: la riga ha lotti dell''articolo che aveva prima.',
            'Inviare material_lots con la riga.'
        ),
        (
            412, 'order_picked', 'refusal',
            'Something was picked or moved for the order, so it is not deleted.',
            'Order %1$s cannot be deleted: material was picked or moved for it.',
            'Take that back first, or archive the order.',
            'L''ordine %1$s non si può eliminare: per esso è stato prelevato o movimentato materiale.',
            'Annullare prima i movimenti, o storicizzare l''ordine.'
        ),
        (
            414, 'split_remainder', 'refusal',
            'The order is the remainder of a split in force, so it is not deleted.',
            'Order %1$s cannot be deleted: it is the remainder of a split in force.',
            'Restore the order that was split: it takes the remainder in again.',
            'L''ordine %1$s non si può eliminare: è il residuo di un frazionamento in essere.',
            'Ripristinare l''ordine frazionato: riprende il residuo.'
        ),
        (
            15, 'document_not_found', 'refusal',
            'No stock document with this key is in force.',
            'Document %1$s is not posted.',
            'Look at what was posted in movement_history; it may have been taken back.',
            'Il documento %1$s non è registrato.',
            'Verificare in movement_history ciò che è registrato; può essere stato annullato.'
        ),
        (
            500, 'key_used', 'refusal',
            'The key of the stock document is taken: it was posted with other lines or on another date, or was taken back.',
            '%14$s was posted before with other lines or on another date, or was taken back since.',
            'Send a changed document under a key of its own; what was posted is taken back with remove_stock.',
            '%14$s: già registrato con altre righe o un''altra data, oppure annullato in seguito.',
            'Inviare un documento modificato con una chiave propria; ciò che è registrato si annulla con remove_stock.'
        ),
        (
            502, 'lot_unknown', 'refusal',
            'The lot that is to be issued does not exist.',
            '%14$s: item %2$s has no lot%4$s.',
            'Send the lot, or the document that loads it, first.',
            '%14$s: l''articolo %2$s non ha il lotto%4$s.',
            'Inviare prima il lotto, o il documento che lo carica.'
        ),
        (
            504, 'return_exceeds_issued', 'refusal',
            'More would be given back of a material row than was issued for it.',
            '%14$s: %5$s %7$s of item %2$s%4$s would be given back of order %1$s, but only %6$s are issued for the row.',
            'Give back what was issued, of the lot that was issued; what was picked goes back after what was returned.',
            '%14$s: dell''ordine %1$s si renderebbero %5$s %7$s dell''articolo %2$s%4$s, ma per la riga ne sono scaricati solo %6$s.',
            'Rendere ciò che è stato scaricato, del lotto scaricato; un prelievo si annulla dopo i suoi resi.'
        ),
        (
            506, 'counted_by_registration', 'refusal',
            'A registration of the order has counted what the document picked or gave back.',
            '%14$s: a registration of order %1$s counted what it moved of item %2$s.',
            'Roll back the registrations of the phase first.',
            '%14$s: una registrazione dell''ordine %1$s ha tenuto conto di ciò che ha movimentato dell''articolo %2$s.',
            'Annullare prima le registrazioni della fase.'
        ),
        (
            136, 'remainder_used', 'refusal',
            'Something was picked, moved, declared or produced for the remainder, so it is not merged.',
            'Order %1$s is not merged: something was picked, moved, declared or produced for it.',
            'Take that back first, or leave the order by itself.',
            'L''ordine %1$s non si riunisce: per esso è stato prelevato, movimentato, dichiarato o prodotto qualcosa.',
            'Annullarlo prima, o lasciare l''ordine com''è.'
        ),
        (
            137, 'remainder_differs', 'refusal',
            'The remainder and the order that it was split from differ in what they are made of.',
            'Order %1$s differs from the order that it was split from: %8$s.',
            'Make them alike first; only dates, order type, firm, priority and the words of phases may differ.',
            'L''ordine %1$s è diverso dall''ordine da cui è stato frazionato: %8$s.',
            'Renderli prima uguali; possono differire solo date, tipo, ditta, priorità e le parole delle fasi.'
        ),
        (
            138, 'remainder_not_next', 'refusal',
            'The remainder does not begin where the order ends that it was split from (R29).',
            'Order %1$s begins at %5$s %7$s of item %2$s, and order %8$s, from which it was split, ends at %6$s.',
            'Merge first what was split off that order later, or put its quantity back.',
            'L''ordine %1$s inizia a %5$s %7$s dell''articolo %2$s, e l''ordine %8$s, da cui è stato frazionato, finisce a %6$s.',
            'Riunire prima ciò che ne è stato frazionato dopo, o ripristinarne la quantità.'
        ),
        (
            135, 'documents_exist', 'refusal',
            'Stock documents have picked material for the order, or for the row, or given some back: take them back first.',
            'Stock was picked for order %1$s or given back by documents: %8$s.',
            'Take these documents back with remove_stock first.',
            'Per l''ordine %1$s esistono documenti di prelievo o di reso: %8$s.',
            'Annullare prima questi documenti con remove_stock.'
        )
    ) as r (precedence, code, severity, meaning, message_en, hint_en, message_it, hint_it)
    cross join lateral (
        values
        (
            'en', r.message_en, r.hint_en, ' (location %s)', ' (no location)',
            'Order %s', 'Document %s', 'Document %s, line %s'
        ),
        (
            'it', r.message_it, r.hint_it, ' (ubicazione %s)', ' (senza ubicazione)',
            'Ordine %s', 'Documento %s', 'Documento %s, riga %s'
        )
    ) as s (
        language, message, hint, location_phrase, no_location_phrase, order_phrase, document_phrase,
        document_line_phrase
    );
end;
