// Package mutant disables single rules of the store by name, for mutation testing: a proof must fail when a rule that
// it covers is disabled. Only binaries that are built with the tag mutants have the switches. In any other binary On
// returns false, and the compiler removes the switch and its name.
package mutant

// The environment variables that select a mutant.
const (
	// ChosenVariable has the name of the mutant that is on.
	ChosenVariable = "COINSLOT_TEST_MUTANT"
	// ReachedVariable has the path of a file. Each process appends the names of the switches that it reaches, each once.
	ReachedVariable = "COINSLOT_TEST_MUTANTS_REACHED"
	// DDLVariable has statements that package pgtest runs as the owner of each test database, to remove a constraint.
	DDLVariable = "COINSLOT_TEST_MUTANT_DDL"
)
