//go:build unix

package datadir

import (
	"errors"
	"os"
)

// contents are the files that a store creates in its folder, without the lock.
var contents = []string{"run.json", "secrets.json", "mockpay.db", "postgres"}

// Clear deletes the files that a store creates in the folder, and no others. The caller must hold the lock, and the
// database must be stopped.
func (d *Dir) Clear() error {
	var all []error
	for _, name := range contents {
		all = append(all, os.RemoveAll(d.Path(name)))
	}
	return errors.Join(all...)
}
