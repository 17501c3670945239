//go:build unix

// Package datadir manages the data folder of a local store: its lock, run.json, the secrets, the embedded database and
// the mock provider's database.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	defaultName = ".coinslot"
	rootName    = "/var/lib/coinslot"
)

// Dir is a data folder.
type Dir struct {
	path string
	lock *os.File
}

// Resolve creates the data folder if it does not exist. An empty path selects .coinslot in the working folder, or
// /var/lib/coinslot when the process runs as root and the unprivileged user of PostgreSQL cannot access the working
// folder. Resolve returns an error when that user cannot access the given path.
func Resolve(configured string) (*Dir, error) {
	path := configured
	if path == "" {
		path = defaultName
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if os.Geteuid() == 0 && !reachableByOthers(path) {
		if configured != "" {
			return nil, fmt.Errorf("data.dir: only root can reach %s, and PostgreSQL does not run as root; "+
				"choose a folder such as %s", path, rootName)
		}
		path = rootName
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("the data folder cannot be created: %w", err)
	}
	return &Dir{path: path}, nil
}

func reachableByOthers(path string) bool {
	for p := path; ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if p == filepath.Dir(p) {
			return true
		}
	}
}

// Path returns the absolute path of the folder, or of an element inside it.
func (d *Dir) Path(elem ...string) string {
	return filepath.Join(append([]string{d.path}, elem...)...)
}

// ErrLocked is returned by Lock when another process holds the lock.
var ErrLocked = errors.New("the data folder is in use")

// Lock acquires the folder's lock, and returns ErrLocked with the process that holds it. Unlock or the end of this
// process releases the lock.
func (d *Dir) Lock() error {
	file, err := os.OpenFile(d.Path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return d.holder()
	}
	d.lock = file
	return nil
}

func (d *Dir) holder() error {
	run, err := d.ReadRun()
	if err != nil {
		return fmt.Errorf("%w: another process holds %s", ErrLocked, d.path)
	}
	return fmt.Errorf("%w: the store with process ID %d, at %s, holds %s; stop it, "+
		"or set COINSLOT_DATA_DIR to another folder", ErrLocked, run.PID, run.URL, d.path)
}

// Unlock removes run.json and releases the lock. It does nothing when the lock is not held.
func (d *Dir) Unlock() error {
	if d.lock == nil {
		return nil
	}
	err := errors.Join(removeIfThere(d.Path("run.json")), d.lock.Close())
	d.lock = nil
	return err
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
