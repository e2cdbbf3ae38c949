-- noqa: disable=layout.long_lines
-- What erp_api.check_integrity may find: how grave it is, and a sentence and a hint for each code in every language
-- (R63), in the order of their places.
create or replace function erp_internal.integrity_catalog()
returns table (place integer, code text, severity text, language text, message text, hint text)
language sql
immutable
parallel safe
begin atomic
    select
        f.place,
        f.code,
        f.severity,
        f.language,
        f.message,
        f.hint
    from (
        values
        (1, 'balance_differs', 'error', 'en', 'Balances are not the sum of their movements.', 'Behind the door for maintenance, set on_hand of these keys to what has moved, and find out who wrote the balance.'),
        (1, 'balance_differs', 'error', 'it', 'Giacenze diverse dalla somma dei movimenti.', 'In manutenzione, riportare on_hand di queste chiavi alla somma dei movimenti e cercare chi ha scritto la giacenza.'),
        (2, 'lot_negative', 'error', 'en', 'Lots lie below zero in a location from the day named on.', 'Enter the missing load on that day or before, or correct the date of an issue.'),
        (2, 'lot_negative', 'error', 'it', 'Lotti sotto zero in un''ubicazione a partire dal giorno indicato.', 'Registrare il carico mancante entro quel giorno, oppure correggere la data di uno scarico.'),
        (3, 'stock_negative', 'error', 'en', 'Stock is below zero from the day named on, where company or warehouse forbid it.', 'Enter the missing load on that day or before, or allow negative stock for company and warehouse.'),
        (3, 'stock_negative', 'error', 'it', 'Giacenze sotto zero a partire dal giorno indicato, dove la società o il magazzino non lo ammettono.', 'Registrare il carico mancante entro quel giorno, oppure ammettere le giacenze negative per società e magazzino.'),
        (4, 'record_number_reused', 'error', 'en', 'Numbers of stock records were given twice in a warehouse on a day.', 'Renumber the record that was entered by hand, from the counter.'),
        (4, 'record_number_reused', 'error', 'it', 'Numeri di registrazione assegnati due volte nello stesso magazzino e giorno.', 'Rinumerare la registrazione inserita a mano, con il contatore.'),
        (5, 'record_number_uncounted', 'error', 'en', 'Numbers of stock records lie above the counter of their warehouse and day.', 'Raise last_number in erp.stock_record_counter: the next release would take these numbers.'),
        (5, 'record_number_uncounted', 'error', 'it', 'Numeri di registrazione oltre il contatore del loro magazzino e giorno.', 'Alzare last_number in erp.stock_record_counter: il prossimo rilascio assegnerebbe questi numeri.'),
        (6, 'record_empty', 'error', 'en', 'Stock records have no movement.', 'Delete the record if nobody knows its movements; one made by a run tells in the history what is missing.'),
        (6, 'record_empty', 'error', 'it', 'Registrazioni di magazzino senza movimenti.', 'Eliminare la registrazione se i movimenti non sono noti; per quelle di un''esecuzione lo storico dice che cosa manca.'),
        (7, 'record_lines_missing', 'error', 'en', 'Lines are missing in stock records that runs made.', 'Find out who removed or renumbered lines behind the door for maintenance, and enter them again.'),
        (7, 'record_lines_missing', 'error', 'it', 'Righe mancanti in registrazioni create da esecuzioni.', 'Cercare chi ha tolto o rinumerato righe in manutenzione e inserirle di nuovo.'),
        (8, 'record_reference_differs', 'error', 'en', 'Stock records bear the number of another order than the one they belong to.', 'Correct year, number and lot of the record, or of the order.'),
        (8, 'record_reference_differs', 'error', 'it', 'Registrazioni con il riferimento di un ordine diverso dal proprio.', 'Correggere anno, numero e lotto della registrazione, oppure dell''ordine.'),
        (9, 'record_not_in_force', 'error', 'en', 'Stock records were made by a run that is not the one in force for their order or declaration.', 'Restore would not take them back: find out which run is right, and correct the order, the declaration or the record.'),
        (9, 'record_not_in_force', 'error', 'it', 'Registrazioni create da un''esecuzione che non è quella in vigore per l''ordine o la dichiarazione.', 'Il ripristino non le toglierebbe: stabilire l''esecuzione giusta e correggere l''ordine, la dichiarazione o la registrazione.'),
        (10, 'mirror_differs', 'error', 'en', 'Movements and their mirrors do not cancel out.', 'Enter what is missing on one side, or correct what was changed there.'),
        (10, 'mirror_differs', 'error', 'it', 'Movimenti e contropartite che non si compensano.', 'Registrare ciò che manca da un lato, oppure correggere ciò che vi è stato cambiato.'),
        (11, 'history_differs', 'error', 'en', 'Runs answered other counts of records and movements than stand in force and in the history.', 'Compare erp_api.run_order_history with erp_api.movement_history: movements were changed or removed outside the runs.'),
        (11, 'history_differs', 'error', 'it', 'Esecuzioni che hanno risposto un numero di registrazioni e movimenti diverso da quello in vigore e nello storico.', 'Confrontare erp_api.run_order_history con erp_api.movement_history: qualcuno ha cambiato o tolto movimenti fuori dalle esecuzioni.'),
        (12, 'run_unanswered', 'error', 'en', 'Runs have not answered once for each order or declaration that they were asked for.', 'Find out who removed rows of erp.run_order, and bring them back from a backup.'),
        (12, 'run_unanswered', 'error', 'it', 'Esecuzioni che non hanno una risposta per ogni ordine o dichiarazione richiesti.', 'Cercare chi ha tolto righe da erp.run_order e recuperarle da una copia.'),
        (13, 'answer_of_other_kind', 'error', 'en', 'Runs gave an answer that their kind does not give.', 'Find out who changed erp.run or erp.run_order, and bring the rows back from a backup.'),
        (13, 'answer_of_other_kind', 'error', 'it', 'Esecuzioni con una risposta estranea al loro tipo.', 'Cercare chi ha cambiato erp.run o erp.run_order e recuperare le righe da una copia.'),
        (14, 'release_unknown', 'error', 'en', 'Orders name a release that did not release them.', 'Set release_run_id to the release that erp_api.run_order_history names, or to null if there was none.'),
        (14, 'release_unknown', 'error', 'it', 'Ordini che indicano un rilascio che non li ha rilasciati.', 'Riportare release_run_id al rilascio indicato in erp_api.run_order_history, oppure a null se non c''è stato.'),
        (15, 'launched_order_released', 'error', 'en', 'Launched orders still have a release, records of runs, or registered declarations.', 'They would be released twice: make them executive again behind the door for maintenance, then roll back and restore.'),
        (15, 'launched_order_released', 'error', 'it', 'Ordini lanciati con un rilascio, registrazioni di esecuzioni o dichiarazioni registrate ancora in vigore.', 'Sarebbero rilasciati due volte: renderli di nuovo esecutivi in manutenzione, poi annullare le registrazioni e ripristinare.'),
        (16, 'released_twice', 'error', 'en', 'Orders were released again without a restore in between.', 'Look at their runs in erp_api.run_order_history, and take back by hand what the first release moved.'),
        (16, 'released_twice', 'error', 'it', 'Ordini rilasciati di nuovo senza un ripristino intermedio.', 'Esaminare le esecuzioni in erp_api.run_order_history e stornare a mano ciò che il primo rilascio ha movimentato.'),
        (17, 'release_lost', 'error', 'en', 'Orders were released and never restored, but no longer know it.', 'Set release_run_id to the release that erp_api.run_order_history names, so that a restore finds its records.'),
        (17, 'release_lost', 'error', 'it', 'Ordini rilasciati e mai ripristinati, che non lo ricordano più.', 'Riportare release_run_id al rilascio indicato in erp_api.run_order_history, perché il ripristino ne trovi le registrazioni.'),
        (18, 'split_differs', 'error', 'en', 'Splits are not those that the releases in force answered.', 'Correct erp.production_order_split: restore merges back the remainder that stands there.'),
        (18, 'split_differs', 'error', 'it', 'Suddivisioni diverse da quelle risposte dai rilasci in vigore.', 'Correggere erp.production_order_split: il ripristino riunisce il residuo che vi è indicato.'),
        (19, 'commitment_left', 'error', 'en', 'Orders without a release still remember the lot commitments of one.', 'Compare erp.material_lot_before_release with erp.material_lot, correct the latter, and delete the former.'),
        (19, 'commitment_left', 'error', 'it', 'Ordini senza rilascio che ne ricordano ancora gli impegni di lotto.', 'Confrontare erp.material_lot_before_release con erp.material_lot, correggere questa ed eliminare quelle righe.'),
        (20, 'registration_unknown', 'error', 'en', 'Declarations name a registration that did not register them.', 'Set registration_run_id to the run that erp_api.run_order_history names, or to null if there was none.'),
        (20, 'registration_unknown', 'error', 'it', 'Dichiarazioni che indicano una registrazione che non le ha registrate.', 'Riportare registration_run_id all''esecuzione indicata in erp_api.run_order_history, oppure a null se non c''è stata.'),
        (21, 'registration_lost', 'error', 'en', 'Declarations were registered and never rolled back, but no longer know it, or are gone.', 'Set registration_run_id to the registration that erp_api.run_order_history names, so that a rollback finds its records; bring one that is gone back from a backup.'),
        (21, 'registration_lost', 'error', 'it', 'Dichiarazioni registrate e mai annullate, che non lo ricordano più o non ci sono più.', 'Riportare registration_run_id alla registrazione indicata in erp_api.run_order_history, perché l''annullamento ne trovi le registrazioni; recuperare da una copia quelle che mancano.'),
        (22, 'declarations_out_of_sequence', 'error', 'en', 'Declarations of a phase do not follow one another as they must.', 'Roll them back and delete them, the last one first, and declare them again.'),
        (22, 'declarations_out_of_sequence', 'error', 'it', 'Dichiarazioni di una fase in una sequenza non ammessa.', 'Annullarne la registrazione ed eliminarle, dall''ultima, poi dichiararle di nuovo.'),
        (23, 'registered_out_of_sequence', 'error', 'en', 'Declarations are registered although an earlier one of their phase is not.', 'Register the earlier one, or roll back the later ones.'),
        (23, 'registered_out_of_sequence', 'error', 'it', 'Dichiarazioni registrate benché una precedente della stessa fase non lo sia.', 'Registrare la precedente, oppure annullare le successive.'),
        (24, 'closing_differs', 'error', 'en', 'Orders are closed without their closing being registered, or registered as closed but not closed.', 'Register the closing, or roll it back, so that status and declarations agree.'),
        (24, 'closing_differs', 'error', 'it', 'Ordini evasi senza che la chiusura sia registrata, oppure con la chiusura registrata ma non evasi.', 'Registrare la chiusura, oppure annullarla, così che stato e dichiarazioni concordino.'),
        (25, 'produced_quantity_differs', 'error', 'en', 'The produced quantity of orders is not what is registered at their producing phase.', 'Correct produced_quantity, and look whether the phases or their flags were changed.'),
        (25, 'produced_quantity_differs', 'error', 'it', 'Quantità prodotta degli ordini diversa da quella registrata nella fase che produce.', 'Correggere produced_quantity e verificare se le fasi o i loro indicatori sono cambiati.'),
        (26, 'split_sum_differs', 'warning', 'en', 'Orders and their remainders do not add up to what was split, though neither says that it was changed.', 'Correct the quantity that was changed without a trace: restore would not merge them back.'),
        (26, 'split_sum_differs', 'warning', 'it', 'Ordini e residui che insieme non danno la quantità suddivisa, benché nessuno risulti cambiato.', 'Correggere la quantità cambiata senza traccia: il ripristino non li riunirebbe.'),
        (27, 'job_status_differs', 'warning', 'en', 'The state of job orders is not what their orders make of it.', 'It is computed again at the next release, restore or registration of one of their orders.'),
        (27, 'job_status_differs', 'warning', 'it', 'Stato delle commesse diverso da quello che risulta dai loro ordini.', 'Viene ricalcolato al prossimo rilascio, ripristino o registrazione di uno dei loro ordini.'),
        (28, 'record_direction_differs', 'warning', 'en', 'Records of runs load with a reason that issues, or issue with one that loads.', 'Put the direction of the reason back: it was changed after it had been used.'),
        (28, 'record_direction_differs', 'warning', 'it', 'Registrazioni di esecuzioni che caricano con una causale di scarico, o viceversa.', 'Ripristinare il segno della causale: è stato cambiato dopo l''uso.'),
        (29, 'lot_missing', 'warning', 'en', 'Movements of lot items have no lot: no release finds that stock.', 'Move it into lots. Perhaps the item was made a lot item with stock on hand.'),
        (29, 'lot_missing', 'warning', 'it', 'Movimenti di articoli a lotti senza lotto: nessun rilascio trova quella giacenza.', 'Assegnarla a lotti; l''articolo è forse diventato a lotti con giacenza presente.'),
        (30, 'lot_unexpected', 'warning', 'en', 'Movements of items that are not lot items have a lot.', 'Make the item a lot item, or move its stock out of the lots.'),
        (30, 'lot_unexpected', 'warning', 'it', 'Movimenti con lotto di articoli non gestiti a lotti.', 'Gestire l''articolo a lotti, oppure toglierne la giacenza dai lotti.'),
        (31, 'lot_variant_differs', 'warning', 'en', 'Movements have a lot of another variant.', 'Correct the variant of the movement or of the lot.'),
        (31, 'lot_variant_differs', 'warning', 'it', 'Movimenti con il lotto di un''altra variante.', 'Correggere la variante del movimento o del lotto.')
    ) as f (place, code, severity, language, message, hint);
end;
