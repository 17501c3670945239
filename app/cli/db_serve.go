package cli

import (
	"errors"
	"os"

	"coinslot/platform/pgserver"
)

type dbServeCmd struct {
	Dir string `arg:"" help:"The folder that keeps the data."`
}

// Run runs an embedded PostgreSQL. Its first line is the owner's connection URL.
func (c *dbServeCmd) Run() error {
	if err := pgserver.Serve(c.Dir, pgserver.Options{}, os.Stdin, os.Stdout); err != nil {
		return errors.New(firstLines(err.Error()))
	}
	return nil
}

// firstLines keeps a failure readable: PostgreSQL's log may be long.
func firstLines(text string) string {
	const most = 600
	if len(text) > most {
		return text[:most] + " …"
	}
	return text
}
