// Package chaos injects faults into two stores, the payment provider and the database while buyers shop: killed
// processes, lost and slow connections, lost responses. It is built with the tag failpoints; make chaos runs it. The
// operations of each account, which uses two devices at once, must be linearizable.
package chaos
