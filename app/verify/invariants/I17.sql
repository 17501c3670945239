-- The store's role cannot change the journal and its seals, issued documents, price versions and histories.
-- always
SELECT format('coinslot_app may %s %s', verb, t) AS violation
FROM unnest(ARRAY['billing.invoices', 'billing.invoice_documents', 'billing.history', 'billing.journal_entries',
        'billing.journal_postings', 'billing.journal_seals', 'billing.seals', 'billing.sealed_records',
        'billing.store_identity', 'billing.lost_numbers', 'catalog.price_versions', 'catalog.price_withdrawals',
        'checkout.order_history', 'checkout.attempts']) AS t,
    unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS verb
WHERE has_table_privilege('coinslot_app', t, verb)
