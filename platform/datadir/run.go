//go:build unix

package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Run describes a running store, for the commands that use it.
type Run struct {
	PID                  int       `json:"pid"`
	URL                  string    `json:"url"`
	AdminURL             string    `json:"admin_url"`
	MockpayURL           string    `json:"mockpay_url,omitempty"`
	MockpayKey           string    `json:"mockpay_key,omitempty"` // the API key
	MockpayPID           int       `json:"mockpay_pid,omitempty"`
	InboxURL             string    `json:"inbox_url,omitempty"`
	DatabaseURL          string    `json:"database_url"`
	MigrationDatabaseURL string    `json:"migration_database_url,omitempty"` // the owner's, of an embedded database
	DatabasePID          int       `json:"database_pid,omitempty"`
	StartedAt            time.Time `json:"started_at"`
}

// WriteRun replaces run.json atomically. Only its owner may read the file, because it holds passwords.
func (d *Dir) WriteRun(run Run) error { return d.writeJSON("run.json", run) }

// ReadRun reads run.json. Its error matches os.ErrNotExist when no store is running.
func (d *Dir) ReadRun() (Run, error) {
	var run Run
	err := d.readJSON("run.json", &run)
	return run, err
}

func (d *Dir) writeJSON(name string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	temp, err := os.CreateTemp(d.path, name+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = temp.Write(append(raw, '\n'))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(temp.Name(), filepath.Join(d.path, name))
}

func (d *Dir) readJSON(name string, v any) error {
	raw, err := os.ReadFile(d.Path(name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%s cannot be read: %w", d.Path(name), err)
	}
	return nil
}
