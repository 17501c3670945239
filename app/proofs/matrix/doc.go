// Package matrix crashes a purchase at every failpoint in every scenario, with an error in process or with kill -9, and
// checks that no charge is duplicated or lost. It is built with the tag failpoints; make matrix runs it.
package matrix
