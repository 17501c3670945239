// Package e2e tests the store from outside, over HTTP: purchases, refunds, access, bad input, races and the cases from
// the field.
package e2e
