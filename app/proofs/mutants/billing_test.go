package mutants_test

var (
	byLate     = serviceTest("billing", "TestSweep_LateCapture_IsRefundedOnce")
	byExternal = tests("modules/billing/service", "^TestExternalRefund_")
	byResolve  = tests("modules/billing/service", "^TestResolve_")
	byUnits    = tests("modules/billing/domain", "^TestRefund_ByUnits")
)

// billingMutants change payments, refunds, disputes, invoices and the ledger.
var billingMutants = []storeMutant{
	{name: "charge-with-a-new-key", proof: bySimulation},
	{
		name:  "charge-an-erased-account-at-once",
		proof: contract("billing", "nothing is stored at once for an erased account"),
	},
	{
		name:  "settle-for-an-erased-account",
		proof: contract("billing", "nothing is stored at once for an erased account"),
	},
	{name: "confirm-another-amount", proof: contract("billing", "the event of a stored capture is confirmed once")},
	{name: "settle-a-changed-payment", proof: contract("billing", "a changed payment is not settled at once")},
	{name: "store-an-attempt-twice", proof: bySimulation},
	{name: "skip-canceled-attempt", proof: bySimulation},
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
	{
		name:  "issue-numbers-without-reservation",
		proof: tests("modules/billing/service", "^TestNumberInvoices_"),
	},
	{name: "skip-a-lost-charge", proof: serviceTest("billing", "TestHealRestored_LostCharge_IsRefundedWholeOnce")},
	{name: "skip-refund-of-late-capture", proof: byLate},
	{
		name:  "skip-poll-of-ended-payment",
		proof: serviceTest("billing", "TestSweep_EndedPayment_IsPolledOnce"),
	},
	{name: "store-a-refund-twice", proof: tests("modules/billing/adapters/memory", "^TestContract$")},
	{name: "refund-with-a-new-key", proof: bySimulation},
	{name: "skip-revision-increment", proof: bySimulationOnPostgres},
	{
		name:  "count-a-refund-before-it-succeeds",
		proof: serviceTest("checkout", "TestRefund_Pending_RevokesOnceItSucceeds"),
	},
	{name: "skip-invoice-draft", proof: bySimulation},
	{name: "date-invoices-by-utc", proof: domainTest("billing", "TestIssue_NewYearBySellersCalendar_IsOfTheNewYear")},
	{name: "number-each-batch-from-one", proof: bySimulation},
	{
		name:  "skip-payment-changed-event",
		proof: serviceTest("billing", "TestReceiveWebhook_Repeated_IsAppliedAndPublishedOnce"),
	},
	{
		name:  "refund-more-than-is-left",
		proof: domainTest("billing", "TestPlanRefund_InvalidItems_ReturnErrors"),
	},
	{
		name:  "round-tax-of-each-refund-separately",
		proof: domainTest("billing", "TestRefund_RandomItems_AddUpToSale"),
	},
	{name: "skip-review-of-failed-refund", proof: tests("modules/billing/service", "^TestFailedRefund_")},
	{name: "skip-refund-entry", proof: bySimulation},
	{name: "skip-credit-note-draft", proof: bySimulation},
	{name: "count-a-failed-refund", proof: serviceTest("billing", "TestRefund_FailsAfterPending_IsRestoredAndPublished")},
	{name: "skip-capture-entry", proof: bySimulation},
	{
		name:  "apply-an-older-dispute-event",
		proof: domainTest("billing", "TestDispute_EachStatusChange_IsBooked"),
	},
	{name: "post-an-unbalanced-entry", proof: domainTest("billing", "TestNewJournalEntry_Unbalanced_ReturnsError")},
	{name: "ignore-an-external-refund", proof: byExternal},
	{name: "adopt-an-external-refund-twice", proof: byExternal},
	{name: "skip-payment-review", proof: byResolve},
	{name: "skip-review-of-excess-outflow", proof: serviceTest("billing", "TestDispute_AfterRefund_NeedsReview")},
	{name: "release-a-captured-payment", proof: byResolve},
	{name: "refund-a-disputed-amount", proof: byResolve},
	{name: "ignore-a-won-dispute-of-owed-refund", proof: byResolve},
	{name: "keep-an-accepted-excess", proof: byResolve},
	{name: "accept-a-refunded-payment", proof: byResolve},
	{name: "refund-more-units-than-are-left", proof: byUnits},
	{
		name:  "cancel-a-possibly-sent-charge",
		proof: serviceTest("billing", "TestCancel_PossiblySentCharge_StaysRequested"),
	},
	{
		name:  "return-older-attempt-as-newest",
		proof: contract("billing", "a summary shows the newest payment and invoice"),
	},
	{name: "skip-payment-lock", proof: contract("billing", "a locked payment has one writer at a time")},
	{
		name:  "keep-the-card-of-an-erased-account",
		proof: contract("billing", "an erased account is forgotten for good"),
	},
	{name: "accept-any-seal", proof: contract("billing", "documents, PDFs and disputes are sealed once")},
	{name: "seal-in-two-processes", proof: contract("billing", "every entry is sealed once, in a chain")},
	{ // the lock and the constraint each keep numbers unique
		name: "number-in-two-processes", proof: contract("billing", "parallel numbering leaves no gap"),
		ddl: `ALTER TABLE billing.invoices DROP CONSTRAINT invoices_series_number_key`,
	},
	{
		name: "store-an-attempt-twice-in-postgresql", proof: contract("billing", "an attempt is stored once"),
		ddl: `ALTER TABLE billing.payments DROP CONSTRAINT payments_order_id_attempt_key`,
	},
	{
		name: "store-a-webhook-twice", proof: contract("billing", "a webhook is fresh once"),
		ddl: `ALTER TABLE billing.webhook_events DROP CONSTRAINT webhook_events_pkey`,
	},
	{
		name: "store-a-full-refund-twice", proof: contract("billing", "a key of an account makes one refund"),
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
		name: "charge-during-account-erasure", proof: contract("billing", "an account is locked and known as erased"),
		ddl: withoutAccountLock("billing", "lock_account", "EXISTS"),
	},
}
