package rest

// descriptions say in the API's document what the operations do.
var descriptions = map[string]string{
	"register": `Makes an account and signs nobody in: go on with POST /v1/sessions. A password has 12 to 128 characters and is none
that is known to be stolen; there is no other rule. 409 account-taken when an account has the address or the handle, without
saying which; 422 invalid-request lists every violation at once; 429 too-many-attempts after many registrations from one
network.`,
	"get-me": `Send the ETag as If-Match with PATCH, and a change in between is not overwritten.`,
	"update-me": `Changes what the body names and leaves the rest. 409 handle-taken; 412 stale-version when If-Match is not the account's
version any more: read it again.`,
	"delete-me": `Ends every session within a second, cancels unpaid orders and removes personal data, the cart and the library, for
good. Invoices and credit notes stay, as the law demands. What is captured later is refunded. 403 wrong-password; 429
too-many-attempts after repeated wrong passwords.`,
	"change-password": `Ends every other session; this one goes on. 403 wrong-password when current_password is not the present one; 429
too-many-attempts after repeated wrong passwords.`,
	"sign-in": `login is the e-mail address or the handle. Send the access_token as Authorization: Bearer until expires_in seconds have
passed, then refresh it. Whatever is wrong, the answer is the same 401 bad-credentials. After too many failures
it is 429 too-many-attempts; the right password still works from a network where the account has signed in before.`,
	"refresh-session": `Returns a new access token and a new refresh token; the old refresh token is used up. For ten seconds, and until the new one
is used, the old one returns the same new one again, so that a retry or a second tab does no harm. After that it ends the
whole session, because somebody else may have it. 401 bad-refresh-token: sign in again; 429 too-many-attempts after repeated
invalid tokens.`,
	"list-sessions":  `Every session that has not ended, with the client that started it.`,
	"sign-out":       `Ends the session of the access token that is sent. Its tokens stop working. 404 session-not-found when it has ended already.`,
	"revoke-session": `Ends another session, such as that of a lost device. Its access token ends within a second. 404 session-not-found.`,
}
