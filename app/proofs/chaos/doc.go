// Package chaos kills, cuts and slows two stores, their provider and their database while buyers shop. It is built with
// the tag failpoints; make chaos runs it.
package chaos
