// Package chaos injects faults into two stores, the payment provider and the database while buyers shop: killed
// processes, lost and slow connections, lost responses. It is built with the tag failpoints; make chaos runs it.
package chaos
