-- A session has at most one unused refresh token.
-- always
SELECT format('session %s has %s unused refresh tokens', session_id, count(*)) AS violation
FROM identity.refresh_tokens
WHERE used_at IS NULL
GROUP BY session_id
HAVING count(*) > 1
