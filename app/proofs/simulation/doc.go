// Package simulation runs randomized workloads against the services of all modules while processes crash and a
// simulated payment provider misbehaves, then checks invariants of money and entitlements. In memory a seed determines
// the whole run. It is built with the tag failpoints; make simulate runs it.
package simulation
