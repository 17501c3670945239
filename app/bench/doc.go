// Package bench measures the store against the limit of what lies under it. It is built with the tag bench; make bench
// runs it and writes results.json and the charts.
package bench
