package mutants_test

var byGrant = tests("modules/library/service", "^TestGrant_")

// libraryMutants change entitlements.
var libraryMutants = []storeMutant{
	{name: "grant-a-line-twice", proof: byGrant},
	{name: "grant-owned-product", proof: byGrant},
	{name: "grant-to-an-erased-account", proof: byGrant},
	{
		name:  "grant-at-once-to-an-erased-account",
		proof: contract("library", "first entitlements are refused beside held ones"),
	},
	{
		name:  "grant-at-once-beside-what-is-held",
		proof: contract("library", "first entitlements are refused beside held ones"),
	},
	{
		name:  "hide-a-missing-base-game",
		proof: serviceTest("library", "TestFind_BaseGameNotUsable_IsMissing"),
	},
	{name: "revoke-all-entitlements-of-a-refunded-order", proof: bySimulation},
	{
		name: "own-a-product-twice", proof: contract("library", "concurrent grants of a game have one winner"),
		ddl: `DROP INDEX library.entitlements_active`,
	},
	{
		name: "grant-during-account-erasure", proof: contract("library", "account lock serializes writers"),
		ddl: withoutAccountLock("library", "lock_account", "EXISTS"),
	},
}

// platformMutants change the platform and identity.
var platformMutants = []storeMutant{
	{
		name:  "repeat-a-write-with-an-unknown-outcome",
		proof: tests("platform/postgres", "^TestTogether_ConnectionLost_RepeatsReadsOnly$"),
	},
	{
		name:  "keep-a-write-of-a-failed-batch",
		proof: tests("platform/postgres", "^TestTogether_OneStatementFails_OthersHaveTheirResults$"),
	},
	{
		name:  "collect-statements-of-a-transaction",
		proof: tests("platform/postgres", "^TestTogether_Transactions_DoNotWaitForEachOther$"),
	},
	{
		name:  "read-a-replica-that-is-behind",
		proof: tests("platform/postgres", "^TestRead_AfterOwnWrite_IsNeverStale$"),
	},
	{
		name:  "read-a-replica-of-another-timeline",
		proof: tests("platform/postgres", "^TestRead_StandbyOfAnotherTimeline_ReadsThePrimary$"),
	},
	{
		name:  "share-a-position-from-before-the-read",
		proof: tests("platform/postgres", "^TestRead_PositionIsBeingRead_WaitsForTheNext$"),
	},
	{
		name:  "cache-a-response-read-before-a-write",
		proof: tests("platform/web", "^TestCache_PurgeDuringHandler_ResponseNotCached$"),
	},
	{
		name:  "trust-the-local-clock",
		proof: tests("platform/clock", "^TestSynced_LocalClockIsWrong_IsThatOfTheReference$"),
	},
	{
		name:  "never-take-over-a-lease",
		proof: tests("platform/postgres", "^TestLease_HolderNoLongerRenews_IsTakenOver$"),
	},
	{
		name:  "give-up-after-one-lock-timeout",
		proof: tests("platform/postgres", "^TestInRepeatableTx_RowLockedLongerThanLockTimeout_Waits$"),
	},
	{ // the statement and the index each prevent the second use of a token
		name: "rotate-a-refresh-token-twice", proof: contract("identity", "concurrent rotations have one winner"),
		ddl: `DROP INDEX identity.refresh_tokens_active`,
	},
}
