package mutants_test

var (
	byLate     = serviceTest("billing", "TestSweep_LateCapture_IsRefundedOnce")
	byExternal = tests("modules/billing/service", "^TestExternalRefund_")
	byResolve  = tests("modules/billing/service", "^TestResolve_")
	byUnits    = tests("modules/billing/domain", "^TestRefund_ByUnits")
)

// billingMutants break payments, refunds, disputes, invoices and the ledger.
var billingMutants = []brokenStore{
	{name: "charge-with-a-new-key", proof: bySimulation},
	{name: "store-an-attempt-twice", proof: bySimulation},
	{name: "store-no-canceled-attempt", proof: bySimulation},
	{name: "change-a-final-payment", proof: bySimulation},
	{name: "ignore-the-payment-transitions", proof: domainTest("billing", "TestTransitions_Payment")},
	{name: "ignore-the-refund-transitions", proof: domainTest("billing", "TestTransitions_Refund")},
	{name: "ignore-the-dispute-transitions", proof: domainTest("billing", "TestTransitions_Dispute")},
	{
		name:  "keep-a-failed-payout",
		proof: serviceTest("billing", "TestReceiveWebhook_Payout_IsBookedOnceAndReversed"),
	},
	{
		name:  "approve-ones-own-entry",
		proof: serviceTest("billing", "TestManualEntry_SecondMemberOfStaff_Books"),
	},
	{
		name:  "book-by-hand-on-any-account",
		proof: serviceTest("billing", "TestManualEntry_SecondMemberOfStaff_Books"),
	},
	{name: "ignore-a-late-capture", proof: byLate},
	{name: "keep-a-late-capture", proof: byLate},
	{
		name:  "poll-no-ended-payment",
		proof: serviceTest("billing", "TestSweep_EndedPayment_IsPolledOnce"),
	},
	{name: "store-a-refund-twice", proof: tests("modules/billing/adapters/memory", "^TestContract$")},
	{name: "refund-with-a-new-key", proof: bySimulation},
	{name: "raise-no-revision", proof: bySimulationOnPostgres},
	{
		name:  "count-a-refund-before-it-succeeds",
		proof: serviceTest("checkout", "TestRefund_Pending_RevokesOnceItSucceeds"),
	},
	{name: "draft-no-invoice", proof: bySimulation},
	{name: "date-invoices-by-utc", proof: domainTest("billing", "TestIssue_NewYearBySellersCalendar_IsOfTheNewYear")},
	{name: "number-each-batch-from-one", proof: bySimulation},
	{name: "publish-no-payment-change", proof: serviceTest("billing", "TestReceiveWebhook_Repeated_IsAppliedAndPublishedOnce")},
	{
		name:  "refund-more-than-is-left",
		proof: domainTest("billing", "TestPlanRefund_InvalidItems_ReturnErrors"),
	},
	{
		name:  "round-the-tax-of-each-refund-alone",
		proof: domainTest("billing", "TestRefund_RandomItems_AddUpToSale"),
	},
	{name: "forget-a-failed-refund", proof: tests("modules/billing/service", "^TestFailedRefund_")},
	{name: "book-no-refund", proof: bySimulation},
	{name: "draft-no-credit-note", proof: bySimulation},
	{name: "count-a-failed-refund", proof: serviceTest("billing", "TestRefund_FailsAfterPending_IsRestoredAndPublished")},
	{name: "book-no-capture", proof: bySimulation},
	{
		name:  "apply-an-older-dispute-event",
		proof: domainTest("billing", "TestDispute_EachStatusChange_IsBooked"),
	},
	{name: "post-an-unbalanced-entry", proof: domainTest("billing", "TestNewJournalEntry_Unbalanced_ReturnsError")},
	{name: "ignore-an-external-refund", proof: byExternal},
	{name: "adopt-an-external-refund-twice", proof: byExternal},
	{name: "review-no-payment", proof: byResolve},
	{name: "let-more-leave-than-came-in", proof: serviceTest("billing", "TestDispute_AfterRefund_NeedsReview")},
	{name: "release-money-that-is-held", proof: byResolve},
	{name: "refund-what-a-bank-has-returned", proof: byResolve},
	{name: "ignore-a-won-dispute-of-owed-money", proof: byResolve},
	{name: "keep-an-accepted-excess", proof: byResolve},
	{name: "accept-a-refunded-payment", proof: byResolve},
	{name: "refund-more-units-than-are-left", proof: byUnits},
	{
		name:  "cancel-a-charge-that-may-have-been-sent",
		proof: serviceTest("billing", "TestCancel_PossiblySentCharge_StaysRequested"),
	},
	{name: "take-an-older-attempt-for-the-newest", proof: bySimulationOnPostgres},
	{name: "lock-no-payment", proof: contract("billing", "a locked payment has one writer at a time")},
	{
		name:  "keep-the-card-of-an-erased-account",
		proof: contract("billing", "an erased account is forgotten for good"),
	},
	{name: "seal-in-two-processes", proof: contract("billing", "every entry is sealed once, in a chain")},
	{ // either guard alone keeps numbers unique
		name: "number-in-two-processes", proof: contract("billing", "parallel numbering leaves no gap"),
		ddl: `ALTER TABLE billing.invoices DROP CONSTRAINT invoices_series_number_key`,
	},
	{
		name: "store-an-attempt-twice-in-postgresql", proof: contract("billing", "an attempt is stored once"),
		ddl: `ALTER TABLE billing.payments DROP CONSTRAINT payments_order_id_attempt_key`,
	},
	{
		name: "keep-a-webhook-twice", proof: contract("billing", "a webhook is fresh once"),
		ddl: `ALTER TABLE billing.webhook_events DROP CONSTRAINT webhook_events_pkey`,
	},
	{
		name: "refund-a-payment-whole-twice", proof: contract("billing", "a key of an account makes one refund"),
		ddl: `DROP INDEX billing.refunds_key`,
	},
	{
		name: "use-a-key-for-two-refunds", proof: contract("billing", "a key of an account makes one refund"),
		ddl: `DROP INDEX billing.refunds_asked`,
	},
	{
		name: "post-an-unbalanced-entry-in-postgresql", proof: contract("billing", "an entry balances or is not added"),
		ddl: `CREATE OR REPLACE FUNCTION billing.check_journal_entry(entry uuid) RETURNS void LANGUAGE sql AS ''`,
	},
	{
		name: "book-an-event-twice", proof: contract("billing", "a source is booked once"),
		ddl: `DROP INDEX billing.journal_entries_source`,
	},
	{
		name: "refund-more-than-was-captured", proof: contract("billing", "refunds never exceed what was captured"),
		ddl: `ALTER TABLE billing.payments DROP CONSTRAINT payments_returned_at_most`,
	},
	{
		name: "charge-beside-an-account-erasure", proof: contract("billing", "an account is locked and known as erased"),
		ddl: withoutAccountLock("billing", "lock_account", "EXISTS"),
	},
}
