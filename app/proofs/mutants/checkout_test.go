package mutants_test

var (
	byRetry    = tests("modules/checkout/service", "^TestRetry_")
	byPurchase = tests("modules/catalog", "^TestCheck")
)

// checkoutMutants break orders, and the carts that they begin with.
var checkoutMutants = []brokenStore{
	{name: "take-an-unknown-outcome-for-a-decline", proof: bySimulation},
	{name: "use-a-key-for-two-orders", proof: bySimulation},
	{name: "hold-a-line-in-two-orders", proof: bySimulation},
	{name: "save-a-stale-order", proof: bySimulation},
	{
		name:  "apply-an-older-payment",
		proof: domainTest("checkout", "TestApplyPayment_OlderRevisionOrAttempt_ChangesNothing"),
	},
	{
		name:  "ignore-the-transition-table",
		proof: domainTest("checkout", "TestTransitions_EveryStatusAndVerb"),
	},
	{name: "cancel-an-order-of-unknown-payment", proof: bySimulation},
	{
		name:  "pay-a-processing-order-again",
		proof: serviceTest("checkout", "TestCheckout_UnknownOutcome_BlocksOtherAttempts"),
	},
	{name: "complete-without-a-grant", proof: bySimulation},
	{name: "leave-what-was-bought-in-the-cart", proof: bySimulation},
	{
		name:  "complete-a-refused-grant",
		proof: serviceTest("checkout", "TestFulfil_AllLinesRefused_AreRefundedWhole"),
	},
	{
		name:  "keep-the-money-of-refused-lines",
		proof: serviceTest("checkout", "TestFulfil_RefusedLine_IsRefundedAlone"),
	},
	{
		name:  "grant-while-the-money-is-refunded",
		proof: serviceTest("checkout", "TestFulfil_PendingRefund_IsAwaited_FailedIsReviewed"),
	},
	{name: "adjust-no-entitlement", proof: bySimulation},
	{name: "ignore-payment-events", proof: bySimulation},
	{name: "charge-another-total", proof: bySimulation},
	{name: "sweep-nothing", proof: bySimulation},
	{name: "sell-what-is-not-available", proof: byPurchase},
	{name: "sell-what-is-owned", proof: byPurchase},
	{name: "sell-a-dlc-without-its-base-game", proof: byPurchase},
	{name: "retry-what-may-not-be-bought", proof: byRetry},
	{name: "retry-at-the-price-of-the-decline", proof: byRetry},
	{name: "retry-with-other-contents", proof: byRetry},
	{name: "overwrite-a-resolution", proof: serviceTest("checkout", "TestResolve_AnotherDecision_WaitsForTheFirst")},
	{
		name:  "forget-the-money-of-an-earlier-attempt",
		proof: serviceTest("checkout", "TestReview_FailedRefundOfEarlierAttempt"),
	},
	{name: "cancel-a-review-of-unknown-payment", proof: serviceTest("checkout", "TestCancel_UnknownPayment_PollsFirst")},
	{name: "let-no-declined-order-expire", proof: serviceTest("checkout", "TestSweep_DeclinedOrder_Expires")},
	{name: "sell-at-a-withdrawn-price", proof: domainTest("catalog", "TestInForce")},
	{name: "withdraw-a-price-in-force", proof: domainTest("catalog", "TestWithdraw")},
	{name: "add-to-a-reserved-line", proof: serviceTest("cart", "TestAdd_LineReserved_BecomesNewLine")},
	{name: "save-over-any-version", proof: contract("checkout", "a stale version is refused")},
	{name: "overlook-paid-orders", proof: bySimulationOnPostgres},
	{name: "give-one-lease-to-two", proof: contract("checkout", "the lease has one holder until it ends")},
	{
		name: "use-a-key-for-two-orders-in-postgresql", proof: contract("checkout", "a key makes one order"),
		ddl: `DROP INDEX checkout.attempts_key`,
	},
	{
		name: "hold-a-line-in-two-orders-in-postgresql", proof: contract("checkout", "a cart line is reserved by one order"),
		ddl: `DROP INDEX checkout.order_lines_held`,
	},
	{
		name: "resolve-twice-with-one-key", proof: contract("checkout", "a resolution is stored whole or not at all"),
		ddl: `ALTER TABLE checkout.resolutions DROP CONSTRAINT resolutions_key`,
	},
	{
		name: "admit-an-order-beside-an-account-erasure", proof: contract("checkout", "placing and erasing race"),
		ddl: withoutAccountLock("checkout", "admits", "NOT EXISTS"),
	},
	{name: "release-a-paid-order", proof: serviceTest("checkout", "TestResolve")},
	{
		name:  "grant-a-fulfilled-order-again",
		proof: serviceTest("checkout", "TestReview_OfAFulfilledOrder_GrantsNothingAgain"),
	},
	{
		name:  "keep-what-a-partly-granted-order-gave",
		proof: serviceTest("checkout", "TestResolve_RefundOfAnOrderWhoseCartWasNotCleared_WithdrawsWhatItGave"),
	},
	{
		name:  "grant-before-asking-for-the-account",
		proof: serviceTest("checkout", "TestFulfil_AccountErasedSinceCharge_IsRefunded"),
	},
	{
		name: "reserve-a-cart-line-twice", proof: contract("checkout", "parallel orders of one cart line: one succeeds"),
		ddl: `DROP INDEX checkout.order_lines_held`,
	},
	{name: "change-a-cart-without-its-lock", proof: contract("cart", "concurrent adds are all stored")},
	{
		name:  "remove-bought-lines-without-the-lock",
		proof: contract("cart", "concurrent change does not restore a removal"),
	},
	{
		name: "make-a-cart-beside-an-account-erasure", proof: contract("cart", "concurrent add and erasure leave no cart"),
		ddl: withoutAccountLock("cart", "lock_account", "EXISTS"),
	},
}

// withoutAccountLock replaces a module's function that locks an account by one that only reads its tombstone.
func withoutAccountLock(schema, function, result string) string {
	return `CREATE OR REPLACE FUNCTION ` + schema + `.` + function + `(account uuid) RETURNS boolean LANGUAGE sql VOLATILE
		AS $$ SELECT ` + result + ` (SELECT FROM ` + schema + `.erased_accounts e WHERE e.account_id = account) $$`
}
