// Package probe puts failpoints around the ports of a store that is built with the tag failpoints.
package probe

//go:generate ./generate
