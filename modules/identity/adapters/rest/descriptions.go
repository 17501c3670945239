package rest

var descriptions = map[string]string{ //nolint:gosec // the texts have no credentials
	"register": `Creates an account without signing in: continue with POST /v1/sessions. country and language default
to the store's. A password must have 12 to 128 characters and must not be on lists of breached passwords. 202 without
a body when the store confirms addresses first (accounts.confirm_first), whether an account has the address or not:
the mail has a link to confirm it, or tells the holder of the account. Until it is confirmed, sign-in is answered 403
registration-not-confirmed. 409 handle-taken when an account has the handle; without accounts.confirm_first, 409
account-taken when an account has the address or the handle, without telling which; 422 invalid-request with all
violations; 429 too-many-attempts after too many registrations from one network.`,
	"get-me": `Send the ETag as If-Match with PATCH to detect concurrent changes.`,
	"update-me": `Changes the members in the body only. 409 handle-taken; 412 stale-version when If-Match is not the
account's current version: read it again.`,
	"delete-me": `Ends all sessions within a second, cancels unpaid orders, and permanently deletes personal data,
the cart and the library. Invoices and credit notes remain, as required by law. Payments that are captured later
are refunded. 403 wrong-password; 429 too-many-attempts after repeated wrong passwords.`,
	"change-password": `Ends all other sessions. 403 wrong-password when current_password is wrong; 429
too-many-attempts after repeated wrong passwords.`,
	"sign-in": `login is the e-mail address or the handle. Send the access_token as Authorization: Bearer until
expires_in seconds have passed, then refresh it. 401 bad-credentials for an unknown login and for a wrong password;
403 registration-not-confirmed when the address has to be confirmed first; 429 too-many-attempts after too many
failures. The right password still works from a network where the account has signed in before.`,
	"refresh-session": `Returns a new access token and a new refresh token. The old refresh token cannot be used
again, with one exception: for ten seconds, while the new one is unused, the old one returns the same new one, for
retries and second browser tabs. Any later reuse ends the session, because the token may have been stolen. 401
bad-refresh-token: sign in again; 429 too-many-attempts after repeated invalid tokens.`,
	"list-sessions": `All sessions that have neither ended nor expired, with the client that signed in.`,
	"sign-out": `Ends the session of the request's access token. Its tokens stop working. 404 session-not-found when
it has ended already.`,
	"revoke-session": `Ends another session, such as that of a lost device. Its access token stops working within a
second. 404 session-not-found.`,
	"start-guest": `Creates an account without an address, a handle and a password, and signs it in: the guest has a cart,
can buy, and owns what was bought. To keep it beyond the session, register it with POST /v1/me/registration. To add the
cart to another account, sign in there and call POST /v1/cart/merge. A guest without an order is erased after 30 days.
Mail about orders needs an address, so guests get none. 429 too-many-attempts after too many registrations from one
network.`,
	"register-guest": `Gives a guest's account an address, a handle and a password; country and language default to
the store's. The account keeps its ID, sessions, cart, orders, invoices and library. 202 without a body when the store
confirms addresses first: the account stays a guest's until then, and another call replaces the registration. 409
handle-taken and account-taken as for POST /v1/accounts; 409 already-registered when the account is not a guest's; 422
invalid-request with all violations.`,
	"request-email-verification": `Sends a mail with a link to the address if it is that of an account or a
registration whose address is not confirmed. The response is the same for every address. The store also sends this
mail after a registration. 429 too-many-attempts after too many requests for one address or from one network; 503
mail-not-configured when the store sends no mail.`,
	"confirm-email": `Confirms the address of an account, changes it, or completes a registration by the token of a
link. A token can be used once, for 60 minutes, and only while the account has the address that it had when the link
was requested. After a change, a mail tells the old address. 422 bad-link: request a new mail; 429 too-many-attempts
after repeated invalid tokens.`,
	"request-password-reset": `Sends a mail with a link to the address if it is that of an account. The response is the
same for every address. 429 too-many-attempts after too many requests for one address or from one network; 503
mail-not-configured when the store sends no mail.`,
	"reset-password": `Replaces the password by the token of a link in a mail, ends all sessions within a second, and
confirms the address. Other links to the account end. A token can be used once, for 60 minutes, and only while the
account has the address that it had then. 422 bad-link: request a new mail; 422 invalid-request when the password is
not allowed, which does not use the token; 429 too-many-attempts after repeated invalid tokens.`,
	"change-email": `Sends a mail with a link to the new address. The address changes when the link is confirmed with
POST /v1/email-verifications/confirm; then a mail tells the old address. If another account has the new address, a mail
tells its holder instead, and the response is the same. 403 wrong-password; 429 too-many-attempts after repeated wrong
passwords or too many requests; 503 mail-not-configured when the store sends no mail.`,
}
