// Package migrations carries every module's migrations inside the binary. Each module owns the PostgreSQL schema of
// its name; no foreign key and no join crosses a schema.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed */*.sql
var files embed.FS

// Module is one module's migrations.
type Module struct {
	Name  string
	Files fs.FS
}

// All returns every module's migrations.
func All() ([]Module, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var out []Module
	for _, entry := range entries {
		sub, err := fs.Sub(files, entry.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, Module{entry.Name(), sub})
	}
	return out, nil
}

// Read returns a migration, such as billing/0001_payments.sql.
func Read(name string) ([]byte, error) { return files.ReadFile(name) }
