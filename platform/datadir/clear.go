//go:build unix

package datadir

import (
	"errors"
	"os"
)

// kept are what a store puts into its folder, beside the lock.
var kept = []string{"run.json", "secrets.json", "mockpay.db", "postgres"}

// Clear deletes what a store has put into the folder and leaves everything else there. The folder must be locked, and
// its database must not run.
func (d *Dir) Clear() error {
	var all []error
	for _, name := range kept {
		all = append(all, os.RemoveAll(d.Path(name)))
	}
	return errors.Join(all...)
}
