// Package recovery proves that a store recovers from the loss of its database: from a backup, and from the failure of a
// node of a cluster. Its tests start PostgreSQL, the store and other programs as processes of this machine, and are
// skipped unless COINSLOT_TEST_DRILL or COINSLOT_TEST_FAILOVER is set.
package recovery
