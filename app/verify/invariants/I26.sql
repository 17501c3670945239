-- The journal has each payout in its present state and amount, and no other payout.
-- always
WITH booked AS (
        SELECT split_part(e.source_id, '#', 1) AS payout_id, min(x.currency) AS currency,
            coalesce(sum(x.amount) FILTER (WHERE x.account = 'bank'), 0) AS bank,
            coalesce(sum(x.amount) FILTER (WHERE x.account = 'provider_clearing'), 0) AS clearing
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE e.source_type = 'payout'
        GROUP BY 1)
SELECT format('payout %s of %s %s is %s, and the journal has %s %s at the bank and %s %s at the provider for it',
    p.id, p.amount, p.currency, p.status, coalesce(b.bank, 0), p.currency, coalesce(b.clearing, 0), p.currency)
    AS violation
FROM billing.payouts p LEFT JOIN booked b ON b.payout_id = p.id::text,
    LATERAL (SELECT CASE p.status WHEN 'paid' THEN p.amount ELSE 0 END AS amount) AS present
WHERE coalesce(b.bank, 0) <> present.amount OR coalesce(b.clearing, 0) <> -present.amount
UNION ALL
SELECT format('the journal has a payout %s of %s %s that is not recorded', b.payout_id, b.bank, b.currency)
FROM booked b
WHERE NOT EXISTS (SELECT FROM billing.payouts p WHERE p.id::text = b.payout_id)
UNION ALL
SELECT format('manual entry %s is %s, and the journal has %s entries of it', m.id, m.status, entries.n)
FROM billing.manual_entries m,
    LATERAL (SELECT count(*) AS n FROM billing.journal_entries e
        WHERE e.source_type = 'manual' AND e.source_id = m.id::text) AS entries
WHERE entries.n <> CASE m.status WHEN 'approved' THEN 1 ELSE 0 END
UNION ALL
SELECT format('journal entry %s is of no manual entry that another than its author approved', e.id)
FROM billing.journal_entries e
WHERE e.source_type = 'manual' AND NOT EXISTS (SELECT FROM billing.manual_entries m
    WHERE m.id::text = e.source_id AND m.status = 'approved' AND m.decided_by <> m.author_id)
