// Package mutant lets a rule of the store be switched off by name, so that the proofs can show that they would notice.
// Only a binary that is built with the tag mutants has the switches; in any other On is false, and the compiler removes
// the switch with its name.
package mutant

const (
	// ChosenVariable names the one mutant that is on.
	ChosenVariable = "COINSLOT_TEST_MUTANT"
	// ReachedVariable names the file to which each process appends the names that it has asked for, each once.
	ReachedVariable = "COINSLOT_TEST_MUTANTS_REACHED"
	// DDLVariable holds the statements that break the schema of test databases. Package pgtest runs them as the owner.
	DDLVariable = "COINSLOT_TEST_MUTANT_DDL"
)
