-- The ledger has what moved the provider's balance, before the fees of charges: of each order, and of no order.
-- drained
-- balance
WITH theirs AS (
        SELECT t.reference AS order_id, t.currency, sum(t.gross) AS gross
        FROM jsonb_to_recordset($1::jsonb) AS t (reference text, currency text, gross bigint)
        GROUP BY 1, 2),
    ours AS ( -- reconcile compares the fees of charges
        SELECT nullif(e.order_id, '00000000-0000-0000-0000-000000000000')::text AS order_id, x.currency::text AS currency,
            sum(x.amount) AS gross
        FROM billing.journal_entries e JOIN billing.journal_postings x ON x.entry_id = e.id
        WHERE (x.account = 'provider_clearing' OR (x.account = 'provider_fees'
                AND (e.source_type = 'payment' OR (e.source_type = 'fee' AND e.source_id LIKE '%#fee'))))
            AND NOT EXISTS (SELECT FROM billing.payments p WHERE p.id::text = e.source_id AND p.provider = 'none')
        GROUP BY 1, 2)
SELECT format('of %s the provider''s balance has %s %s, and the ledger %s %s',
    coalesce('order ' || coalesce(t.order_id, o.order_id), 'no order'), coalesce(t.gross, 0),
    coalesce(t.currency, o.currency), coalesce(o.gross, 0), coalesce(t.currency, o.currency)) AS violation
FROM theirs t FULL JOIN ours o
    ON coalesce(o.order_id, '') = coalesce(t.order_id, '') AND o.currency = t.currency
WHERE coalesce(t.gross, 0) <> coalesce(o.gross, 0)
    AND NOT EXISTS (SELECT FROM checkout.orders x
        WHERE x.id::text = coalesce(t.order_id, o.order_id) AND x.status = 'manual_review')
