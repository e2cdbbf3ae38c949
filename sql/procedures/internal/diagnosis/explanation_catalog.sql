-- noqa: disable=layout.long_lines
-- The sentences of erp_api.explain_material_source in every language (R63).
-- Placeholders: %1$s site or item, %2$s section, %3$s warehouse, %4$s reason, %5$s level or date.
create or replace function erp_internal.explanation_catalog()
returns table (code text, language text, sentence text)
language sql
immutable
parallel safe
begin atomic
    select
        s.code,
        s.language,
        s.sentence
    from (
        values
        ('own', 'en', 'The material row names warehouse %3$s and reason %4$s.'),
        ('own', 'it', 'La riga del materiale indica il magazzino %3$s e la causale %4$s.'),
        ('own_none', 'en', 'The material row names no warehouse of its own.'),
        ('own_none', 'it', 'La riga del materiale non indica un magazzino.'),
        ('no_site', 'en', 'The order has no job order with a site.'),
        ('no_site', 'it', 'L''ordine non ha una commessa con uno stabilimento.'),
        ('no_machine_site', 'en', 'Neither the material''s phase nor the last productive and movable phase has a machine with a site.'),
        ('no_machine_site', 'it', 'Né la fase del materiale né l''ultima fase produttiva e movimentabile ha una macchina con uno stabilimento.'),
        ('section', 'en', 'Section %2$s gives warehouse %3$s and reason %4$s.'),
        ('section', 'it', 'Il riquadro %2$s indica il magazzino %3$s e la causale %4$s.'),
        ('section_without_reason', 'en', 'Section %2$s gives warehouse %3$s, but no reason.'),
        ('section_without_reason', 'it', 'Il riquadro %2$s indica il magazzino %3$s, ma nessuna causale.'),
        ('no_section_site', 'en', 'The rules of site %1$s have no section %2$s.'),
        ('no_section_site', 'it', 'Le regole dello stabilimento %1$s non hanno il riquadro %2$s.'),
        ('no_section_item', 'en', 'The rules of item %1$s have no section %2$s.'),
        ('no_section_item', 'it', 'Le regole dell''articolo %1$s non hanno il riquadro %2$s.'),
        ('no_section_company', 'en', 'The rules of the company have no section %2$s.'),
        ('no_section_company', 'it', 'Le regole della società non hanno il riquadro %2$s.'),
        ('no_parameters', 'en', 'Item %1$s has no MRP parameters, so no level counts; release would refuse the row.'),
        ('no_parameters', 'it', 'L''articolo %1$s non ha parametri MRP, quindi nessun livello vale; il rilascio rifiuterebbe la riga.'),
        ('wins', 'en', 'It is the first level that counts, so it wins.'),
        ('wins', 'it', 'È il primo livello che vale, quindi vince.'),
        ('loses', 'en', 'It counts, but level %5$s comes before it.'),
        ('loses', 'it', 'Vale, ma il livello %5$s viene prima.'),
        ('nothing_wins', 'en', 'No level counts; release would refuse the row.'),
        ('nothing_wins', 'it', 'Nessun livello vale; il rilascio rifiuterebbe la riga.'),
        ('reason_missing', 'en', 'Release would refuse the row for want of a reason.'),
        ('reason_missing', 'it', 'Il rilascio rifiuterebbe la riga per mancanza della causale.'),
        ('reason_direction_wrong', 'en', 'Release would refuse the row: the reason has the wrong direction.'),
        ('reason_direction_wrong', 'it', 'Il rilascio rifiuterebbe la riga: la causale ha il segno sbagliato.'),
        ('reason_not_in_production', 'en', 'Release would refuse the row: the reason is not usable in production.'),
        ('reason_not_in_production', 'it', 'Il rilascio rifiuterebbe la riga: la causale non è utilizzabile in produzione.'),
        ('valid_until', 'en', 'The warehouse is valid until %5$s.'),
        ('valid_until', 'it', 'Il magazzino è valido fino al %5$s.')
    ) as s (code, language, sentence);
end;
