// Package e2e tests the store over HTTP and the command line: purchases, refunds, access, invalid input, races and the
// field cases.
package e2e
