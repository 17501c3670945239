//go:build !mutants

package mutant

// On reports whether a mutant is on. A name says in kebab-case what the broken store does wrong, is a literal, and
// stands in one place. Without the build tag mutants On is false and costs nothing.
func On(string) bool { return false }

// SQL returns a statement, or, when the mutant is on, the statement with broken in the place of rule, which it must
// hold once. Without the build tag mutants it is the statement, at no cost.
func SQL(_, statement, _, _ string) string { return statement }
