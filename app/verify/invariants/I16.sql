-- An erased account has no personal data.
-- drained
SELECT format('account %s was erased and still has a name, an address or a password', id) AS violation
FROM identity.accounts
WHERE erased_at IS NOT NULL
    AND (email IS NOT NULL OR handle IS NOT NULL OR display_name <> '' OR password_hash <> ''
        OR country IS NOT NULL OR language IS NOT NULL OR email_form IS NOT NULL
        OR verified_at IS NOT NULL)
UNION ALL
SELECT format('account %s was erased and still has session %s', s.account_id, s.id)
FROM identity.sessions s JOIN identity.accounts a ON a.id = s.account_id
WHERE a.erased_at IS NOT NULL AND (s.ended_at IS NULL OR s.client <> '')
UNION ALL
SELECT format('account %s was erased and still has the known network %s', n.account_id, n.network)
FROM identity.known_networks n JOIN identity.accounts a ON a.id = n.account_id
WHERE a.erased_at IS NOT NULL
UNION ALL
SELECT format('account %s was erased and still has a link of a mail, a known device or an expiry', a.id)
FROM identity.accounts a
WHERE a.erased_at IS NOT NULL
    AND (EXISTS (SELECT FROM identity.links l WHERE l.account_id = a.id)
        OR EXISTS (SELECT FROM identity.known_devices d WHERE d.account_id = a.id)
        OR EXISTS (SELECT FROM identity.unverified_accounts u WHERE u.account_id = a.id))
UNION ALL
SELECT format('account %s was erased and still has a cart', c.account_id)
FROM cart.carts c JOIN identity.accounts a ON a.id = c.account_id
WHERE a.erased_at IS NOT NULL
UNION ALL
SELECT format('account %s was erased and payment %s still has the buyer''s name and address', p.account_id, p.id)
FROM billing.payments p JOIN identity.accounts a ON a.id = p.account_id
WHERE a.erased_at IS NOT NULL AND p.paper IS NOT NULL
    AND p.status IN ('captured', 'declined', 'canceled', 'captured_late')
UNION ALL
SELECT format('account %s was erased and payment %s still has the card''s brand or last digits', p.account_id, p.id)
FROM billing.payments p JOIN identity.accounts a ON a.id = p.account_id
WHERE a.erased_at IS NOT NULL AND p.brand || p.last4 <> ''
UNION ALL
SELECT format('account %s was erased and refund %s still has a reason', r.account_id, r.id)
FROM billing.refunds r JOIN identity.accounts a ON a.id = r.account_id
WHERE a.erased_at IS NOT NULL AND r.reason <> ''
UNION ALL
SELECT format('account %s was erased and still has an active entitlement to %s', e.account_id, e.product_id)
FROM library.entitlements e JOIN identity.accounts a ON a.id = e.account_id
WHERE a.erased_at IS NOT NULL AND e.ended_at IS NULL
