-- Each journal entry is sealed or queued for sealing.
-- always
SELECT format('entry %s is neither sealed nor queued for sealing', e.id) AS violation
FROM billing.journal_entries e
WHERE NOT EXISTS (SELECT FROM billing.journal_seals s WHERE s.entry_id = e.id)
    AND NOT EXISTS (SELECT FROM billing.journal_unsealed u WHERE u.entry_id = e.id)
