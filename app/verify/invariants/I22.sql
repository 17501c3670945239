-- A module that has processed an account's erasure has no active entitlement, cart or personal text of it.
-- always
SELECT format('account %s is erased and still has an active entitlement to %s', e.account_id, e.product_id)
    AS violation
FROM library.entitlements e JOIN library.erased_accounts x ON x.account_id = e.account_id
WHERE e.ended_at IS NULL
UNION ALL
SELECT format('account %s is erased and still has a cart', c.account_id)
FROM cart.carts c JOIN cart.erased_accounts x ON x.account_id = c.account_id
UNION ALL
SELECT format('account %s is erased and payment %s still has the card''s brand or last digits', p.account_id, p.id)
FROM billing.payments p JOIN billing.erased_accounts x ON x.account_id = p.account_id
WHERE p.brand || p.last4 <> ''
UNION ALL
SELECT format('account %s is erased and refund %s still has a reason', r.account_id, r.id)
FROM billing.refunds r JOIN billing.erased_accounts x ON x.account_id = r.account_id
WHERE r.reason <> ''
