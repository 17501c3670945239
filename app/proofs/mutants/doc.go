// Package mutants switches one rule, lock or dedupe of the store off at a time and checks that a proof turns red.
// make mutants runs it.
package mutants
