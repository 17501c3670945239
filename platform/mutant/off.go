//go:build !mutants

package mutant

// On reports whether a mutant is on. Its name describes the defect in kebab-case. The name must be a literal and must
// be used in one place. Without the build tag mutants On returns false and costs nothing.
func On(string) bool { return false }

// SQL returns the statement. When the mutant is on, it replaces the text rule by broken. The statement must contain
// rule exactly once. Without the build tag mutants SQL returns the statement unchanged and costs nothing.
func SQL(_, statement, _, _ string) string { return statement }
