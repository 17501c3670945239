// Package bench measures the store against PostgreSQL, pgx and Echo without it. It is built with the tag bench; make
// bench runs it and writes results.json and the charts.
package bench
