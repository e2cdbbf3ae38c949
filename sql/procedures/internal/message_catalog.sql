-- noqa: disable=layout.long_lines
-- The one registry of refusal reasons and warnings: their sentences and hints in every language (R63).
-- Placeholders: %1$s order, %2$s item, %3$s warehouse, %4$s lot, %5$s required, %6$s available, %7$s unit of measure,
-- %8$s detail.
create or replace function erp_internal.message_catalog()
returns table (code text, language text, message text, hint text)
language sql
immutable
parallel safe
begin atomic
    select
        m.code,
        m.language,
        m.message,
        m.hint
    from (
        values
        (
            'order_not_found', 'en', 'Order %1$s does not exist.',
            'Select the order from the grid again; a restore may have merged it back.'
        ),
        (
            'order_not_found', 'it', 'L''ordine %1$s non esiste.',
            'Selezionare di nuovo l''ordine dalla griglia; un ripristino può averlo riunito.'
        ),
        (
            'order_not_launched', 'en', 'Order %1$s is not launched.',
            'Only launched orders can be released; restore it first if it is executive.'
        ),
        (
            'order_not_launched', 'it', 'L''ordine %1$s non è lanciato.',
            'Si rilasciano solo ordini lanciati; se è esecutivo, ripristinarlo prima.'
        ),
        (
            'order_not_executive', 'en', 'Order %1$s is not executive.',
            'Only executive orders can be restored or worked on.'
        ),
        (
            'order_not_executive', 'it', 'L''ordine %1$s non è esecutivo.',
            'Si ripristinano e si lavorano solo ordini esecutivi.'
        ),
        (
            'order_closed', 'en', 'Order %1$s is closed.',
            'Go backwards: roll back the registrations of its declarations, its closing first, delete them, then restore.'
        ),
        (
            'order_closed', 'it', 'L''ordine %1$s è evaso.',
            'Procedere a ritroso: annullare le registrazioni delle dichiarazioni, prima la chiusura, eliminarle, poi ripristinare.'
        ),
        (
            'declarations_exist', 'en', 'Production of order %1$s has been declared: %8$s.',
            'Roll back and delete its production declarations, then restore.'
        ),
        (
            'declarations_exist', 'it', 'Per l''ordine %1$s esistono dichiarazioni di produzione: %8$s.',
            'Annullare ed eliminare le dichiarazioni, poi ripristinare.'
        ),
        (
            'mrp_parameters_missing', 'en', 'Order %1$s: item %2$s has no MRP parameters.',
            'Enter the picking type and procurement type of the item.'
        ),
        (
            'mrp_parameters_missing', 'it', 'Ordine %1$s: l''articolo %2$s non ha parametri MRP.',
            'Inserire tipo di prelievo e tipo di approvvigionamento dell''articolo.'
        ),
        (
            'warehouse_unresolved', 'en', 'Order %1$s: no rule gives a warehouse for item %2$s.',
            'Enter the section of the warehouse rules for the site, the item, the machine''s site or the company.'
        ),
        (
            'warehouse_unresolved', 'it', 'Ordine %1$s: nessuna regola indica il magazzino dell''articolo %2$s.',
            'Compilare il riquadro magazzini del sito, dell''articolo, del sito della macchina o della società.'
        ),
        (
            'reason_unusable', 'en',
            'Order %1$s: the reason for item %2$s in warehouse %3$s is missing, has the wrong direction or is not usable in production.',
            'Correct the reason in the warehouse rules, on the material row or in the counterpart.'
        ),
        (
            'reason_unusable', 'it',
            'Ordine %1$s: la causale dell''articolo %2$s nel magazzino %3$s manca, ha il verso errato o non è utilizzabile in produzione.',
            'Correggere la causale nel riquadro magazzini, sul materiale o nella contropartita.'
        ),
        (
            'warehouse_expired', 'en', 'Order %1$s: warehouse %3$s of item %2$s is no longer valid on the record date.',
            'Choose another warehouse or extend its validity.'
        ),
        (
            'warehouse_expired',
            'it',
            'Ordine %1$s: il magazzino %3$s dell''articolo %2$s non è più valido alla data di registrazione.',
            'Scegliere un altro magazzino o prolungarne la validità.'
        ),
        (
            'insufficient_stock', 'en',
            'Order %1$s: %5$s %7$s of item %2$s required from warehouse %3$s, %6$s available.',
            'Try again when stock has come in; a release may also split the order.'
        ),
        (
            'insufficient_stock', 'it',
            'Ordine %1$s: servono %5$s %7$s dell''articolo %2$s dal magazzino %3$s, disponibili %6$s.',
            'Riprovare quando la merce è arrivata; un rilascio può anche frazionare l''ordine.'
        ),
        (
            'later_stock_negative', 'en',
            'Order %1$s: %5$s %7$s of item %2$s required from warehouse %3$s, but on a later date only %6$s are available.',
            'Later movements need this stock; take a later record date; a release may also split the order.'
        ),
        (
            'later_stock_negative', 'it',
            'Ordine %1$s: servono %5$s %7$s dell''articolo %2$s dal magazzino %3$s, ma a una data successiva ne restano %6$s.',
            'Movimenti successivi usano questa giacenza; usare una data successiva; un rilascio può anche frazionare l''ordine.'
        ),
        (
            'lot_unavailable', 'en',
            'Order %1$s: %5$s %7$s of item %2$s required from the usable lots%4$s in warehouse %3$s, which cover %6$s.',
            'Check state, dates and stock of the lots; a release may also split the order.'
        ),
        (
            'lot_unavailable', 'it',
            'Ordine %1$s: servono %5$s %7$s dell''articolo %2$s dai lotti utilizzabili%4$s nel magazzino %3$s, che ne coprono %6$s.',
            'Verificare stato, date e giacenza dei lotti; un rilascio può anche frazionare l''ordine.'
        ),
        (
            'lot_required', 'en',
            'Order %1$s: %5$s %7$s of item %2$s move in warehouse %3$s, but the lots written for it cover %6$s.',
            'Write the lots on the material row, or the lot on the declaration.'
        ),
        (
            'lot_required', 'it',
            'Ordine %1$s: %5$s %7$s dell''articolo %2$s nel magazzino %3$s, ma i lotti indicati ne coprono %6$s.',
            'Indicare i lotti sul materiale, o il lotto sulla dichiarazione.'
        ),
        (
            'period_closed', 'en', 'Order %1$s: the record date lies outside the open period.',
            'Choose a date in the open period, or open the period.'
        ),
        (
            'period_closed', 'it', 'Ordine %1$s: la data di registrazione è fuori dal periodo aperto.',
            'Scegliere una data del periodo aperto, oppure riaprire il periodo.'
        ),
        (
            'split_not_possible', 'en', 'Order %1$s cannot be split: work on it has begun.',
            'Release it when stock has come in.'
        ),
        (
            'split_not_possible', 'it', 'L''ordine %1$s non è frazionabile: la lavorazione è iniziata.',
            'Rilasciare quando la merce è arrivata.'
        ),
        (
            'zero_feasible_quantity', 'en', 'Order %1$s: stock covers no part of it.',
            'Release it when stock has come in.'
        ),
        (
            'zero_feasible_quantity', 'it', 'Ordine %1$s: la giacenza non ne copre alcuna parte.',
            'Rilasciare quando la merce è arrivata.'
        ),
        (
            'counterpart_stock_used', 'en',
            'Order %1$s: %5$s %7$s of item %2$s%4$s were loaded into warehouse %3$s; only %6$s are left there.',
            'Take back what used them first.'
        ),
        (
            'counterpart_stock_used', 'it',
            'Ordine %1$s: sono stati caricati %5$s %7$s dell''articolo %2$s%4$s nel magazzino %3$s; ne restano solo %6$s.',
            'Annullare prima ciò che li ha usati.'
        ),
        (
            'all_or_none', 'en', 'Order %1$s was left alone because another order of the call was refused.',
            'Correct or leave out the refused orders.'
        ),
        (
            'all_or_none',
            'it',
            'L''ordine %1$s non è stato toccato perché un altro ordine della richiesta è stato rifiutato.',
            'Correggere o escludere gli ordini rifiutati.'
        ),
        (
            'remainder_kept',
            'en',
            'Order %1$s keeps its reduced quantity: the remainder of its split has been worked on.',
            'The two orders are now independent.'
        ),
        (
            'remainder_kept',
            'it',
            'L''ordine %1$s mantiene la quantità ridotta: il residuo del frazionamento è già stato lavorato.',
            'I due ordini sono ora indipendenti.'
        ),
        (
            'declaration_not_found', 'en', 'Declaration %1$s does not exist.',
            'Select the declaration from the grid again; it may have been deleted.'
        ),
        (
            'declaration_not_found', 'it', 'La dichiarazione %1$s non esiste.',
            'Selezionare di nuovo la dichiarazione dalla griglia; può essere stata eliminata.'
        ),
        (
            'phase_unknown', 'en', 'Order %1$s has no phase %8$s.',
            'Declare on a phase and sub-phase of the order.'
        ),
        (
            'phase_unknown', 'it', 'L''ordine %1$s non ha la fase %8$s.',
            'Dichiarare su una fase e sottofase dell''ordine.'
        ),
        (
            'phase_not_productive', 'en', 'Order %1$s: no work is declared on phase %8$s, it is not productive.',
            'Declare on a productive phase.'
        ),
        (
            'phase_not_productive', 'it', 'Ordine %1$s: sulla fase %8$s non si dichiara lavoro, non è produttiva.',
            'Dichiarare su una fase produttiva.'
        ),
        (
            'sequence_broken', 'en', 'Order %1$s: this declaration is out of the sequence of its phase.',
            'Go forward from the opening to the closing, in order of time, and backward from the last row.'
        ),
        (
            'sequence_broken', 'it', 'Ordine %1$s: questa dichiarazione è fuori dalla sequenza della sua fase.',
            'Avanzare dall''apertura alla chiusura, in ordine di tempo, e procedere a ritroso dall''ultima riga.'
        ),
        (
            'over_production', 'en',
            'Order %1$s: %5$s %7$s of item %2$s would be declared good on phase %8$s, %6$s are allowed.',
            'Declare less, or raise the percentage of over-production.'
        ),
        (
            'over_production', 'it',
            'Ordine %1$s: sulla fase %8$s risulterebbero buoni %5$s %7$s dell''articolo %2$s, ammessi %6$s.',
            'Dichiarare meno, o aumentare la percentuale di sovraproduzione.'
        ),
        (
            'already_registered', 'en', 'This declaration of order %1$s is registered.',
            'Roll its registration back first.'
        ),
        (
            'already_registered', 'it', 'Questa dichiarazione dell''ordine %1$s è registrata.',
            'Annullarne prima la registrazione.'
        ),
        (
            'not_registered', 'en', 'This declaration of order %1$s is not registered.',
            'Only registered declarations are rolled back.'
        ),
        (
            'not_registered', 'it', 'Questa dichiarazione dell''ordine %1$s non è registrata.',
            'Si annullano solo dichiarazioni registrate.'
        )
    ) as m (code, language, message, hint);
end;
