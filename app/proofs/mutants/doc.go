// Package mutants runs mutation tests: it disables one rule, lock or uniqueness check of the store at a time and checks
// that a test detects it. make mutants runs it.
package mutants
