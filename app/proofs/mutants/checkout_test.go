package mutants_test

var (
	byRetry    = tests("modules/checkout/service", "^TestRetry_")
	byPurchase = tests("modules/catalog", "^TestCheck")
)

// checkoutMutants change orders and carts.
var checkoutMutants = []storeMutant{
	{name: "treat-unknown-outcome-as-declined", proof: bySimulation},
	{name: "use-a-key-for-two-orders", proof: bySimulation},
	{name: "reserve-a-line-in-two-orders", proof: bySimulation},
	{name: "save-a-stale-order", proof: bySimulation},
	{
		name:  "apply-an-older-payment",
		proof: domainTest("checkout", "TestApplyPayment_OlderRevisionOrAttempt_ChangesNothing"),
	},
	{
		name:  "ignore-the-transition-table",
		proof: domainTest("checkout", "TestTransitions_EveryStatusAndVerb"),
	},
	{name: "cancel-order-with-unknown-payment", proof: bySimulation},
	{
		name:  "pay-a-processing-order-again",
		proof: serviceTest("checkout", "TestCheckout_UnknownOutcome_BlocksOtherAttempts"),
	},
	{name: "complete-without-a-grant", proof: bySimulation},
	{
		name:  "put-a-line-into-a-changed-cart",
		proof: contract("cart", "line is put into an unchanged cart only"),
	},
	{name: "skip-removal-of-bought-lines", proof: bySimulation},
	{
		name:  "ask-only-who-owns-the-sellables",
		proof: serviceTest("checkout", "TestCheckout_Bundle_GrantsWhatIsMissing"),
	},
	{
		name:  "complete-after-a-rejected-grant",
		proof: serviceTest("checkout", "TestFulfil_AllLinesRefused_AreRefundedWhole"),
	},
	{
		name:  "skip-refund-of-rejected-lines",
		proof: serviceTest("checkout", "TestFulfil_RefusedLine_IsRefundedAlone"),
	},
	{
		name:  "grant-during-a-pending-refund",
		proof: serviceTest("checkout", "TestFulfil_PendingRefund_IsAwaited_FailedIsReviewed"),
	},
	{name: "skip-entitlement-adjustment", proof: bySimulation},
	{name: "ignore-payment-events", proof: bySimulation},
	{name: "charge-different-total", proof: bySimulation},
	{name: "skip-sweep", proof: bySimulation},
	{name: "sell-what-is-not-available", proof: byPurchase},
	{name: "sell-what-is-owned", proof: byPurchase},
	{name: "sell-a-dlc-without-its-base-game", proof: byPurchase},
	{name: "retry-without-purchase-check", proof: byRetry},
	{name: "retry-at-the-price-of-the-decline", proof: byRetry},
	{name: "retry-with-changed-contents", proof: byRetry},
	{name: "overwrite-a-resolution", proof: serviceTest("checkout", "TestResolve_AnotherDecision_WaitsForTheFirst")},
	{
		name:  "ignore-payments-of-earlier-attempts",
		proof: serviceTest("checkout", "TestReview_FailedRefundOfEarlierAttempt"),
	},
	{name: "cancel-review-with-unknown-payment", proof: serviceTest("checkout", "TestCancel_UnknownPayment_PollsFirst")},
	{name: "skip-expiry-of-declined-orders", proof: serviceTest("checkout", "TestSweep_DeclinedOrder_Expires")},
	{name: "sell-at-a-withdrawn-price", proof: domainTest("catalog", "TestInForce")},
	{name: "withdraw-a-price-in-force", proof: domainTest("catalog", "TestWithdraw")},
	{name: "add-to-a-reserved-line", proof: serviceTest("cart", "TestAdd_LineReserved_BecomesNewLine")},
	{name: "skip-version-check", proof: contract("checkout", "a stale version is refused")},
	{name: "skip-sweep-of-paid-orders", proof: bySimulationOnPostgres},
	{name: "grant-a-lease-twice", proof: contract("checkout", "the lease has one holder until it ends")},
	{
		name: "use-a-key-for-two-orders-in-postgresql", proof: contract("checkout", "a key makes one order"),
		ddl: `DROP INDEX checkout.attempts_key`,
	},
	{
		name:  "reserve-a-line-in-two-orders-in-postgresql",
		proof: contract("checkout", "a cart line is reserved by one order"),
		ddl:   `DROP INDEX checkout.order_lines_held`,
	},
	{
		name: "resolve-twice-with-one-key", proof: contract("checkout", "a resolution is stored whole or not at all"),
		ddl: `ALTER TABLE checkout.resolutions DROP CONSTRAINT resolutions_key`,
	},
	{
		name: "place-order-during-account-erasure", proof: contract("checkout", "placing and erasing race"),
		ddl: withoutAccountLock("checkout", "admits", "NOT EXISTS"),
	},
	{name: "release-a-paid-order", proof: serviceTest("checkout", "TestResolve")},
	{
		name:  "grant-a-fulfilled-order-again",
		proof: serviceTest("checkout", "TestReview_OfAFulfilledOrder_GrantsNothingAgain"),
	},
	{
		name:  "skip-revocation-of-a-partial-grant",
		proof: serviceTest("checkout", "TestResolve_RefundOfAnOrderWhoseCartWasNotCleared_WithdrawsWhatItGave"),
	},
	{
		name:  "grant-without-account-check",
		proof: serviceTest("checkout", "TestFulfil_AccountErasedSinceCharge_IsRefunded"),
	},
	{
		name: "reserve-a-cart-line-twice", proof: contract("checkout", "parallel orders of one cart line: one succeeds"),
		ddl: `DROP INDEX checkout.order_lines_held`,
	},
	{name: "skip-cart-lock", proof: contract("cart", "concurrent adds are all stored")},
	{
		name:  "remove-bought-lines-without-the-lock",
		proof: contract("cart", "concurrent change does not restore a removal"),
	},
	{
		name: "create-cart-during-account-erasure", proof: contract("cart", "concurrent add and erasure leave no cart"),
		ddl: withoutAccountLock("cart", "lock_account", "EXISTS"),
	},
}

// withoutAccountLock returns DDL that replaces a module's account lock function with one that reads the tombstone
// without a lock.
func withoutAccountLock(schema, function, result string) string {
	return `CREATE OR REPLACE FUNCTION ` + schema + `.` + function + `(account uuid) RETURNS boolean LANGUAGE sql VOLATILE
		AS $$ SELECT ` + result + ` (SELECT FROM ` + schema + `.erased_accounts e WHERE e.account_id = account) $$`
}
