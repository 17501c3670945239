package cli

import (
	"errors"
	"os"

	"coinslot/platform/pgserver"
)

type dbServeCmd struct {
	Dir string `arg:"" help:"The data folder."`
}

// Run runs an embedded PostgreSQL. The first line of its output is the owner's connection URL.
func (c *dbServeCmd) Run() error {
	if err := pgserver.Serve(c.Dir, pgserver.Options{}, os.Stdin, os.Stdout); err != nil {
		return errors.New(firstLines(err.Error()))
	}
	return nil
}

// firstLines truncates an error text, which may contain PostgreSQL's log.
func firstLines(text string) string {
	const limit = 600
	if len(text) > limit {
		return text[:limit] + " …"
	}
	return text
}
