package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"coinslot/platform/datadir"
)

type resetCmd struct {
	Yes bool `help:"Do not ask."`
}

// Run deletes the data of a local store that is stopped.
func (cmd resetCmd) Run(c *cli) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if cfg.Database.URL != "" {
		return errors.New("reset deletes an embedded database, and database.url names one of your own: " +
			"empty that one with `coinslot migrate down --all`")
	}
	dir, err := datadir.Resolve(cfg.Data.Dir)
	if err != nil {
		return err
	}
	if err := dir.Lock(); err != nil {
		return err
	}
	return errors.Join(cmd.clear(dir, os.Stdin), dir.Unlock())
}

func (cmd resetCmd) clear(dir *datadir.Dir, stdin io.Reader) error {
	if !cmd.Yes {
		fmt.Printf("This deletes every account, order and invoice of the store in %s, and the mock provider's charges.\n"+
			"Type yes to continue: ", dir.Path())
		answer, _ := bufio.NewReader(stdin).ReadString('\n') // an error leaves the answer without "yes"
		if strings.TrimSpace(answer) != "yes" {
			return errors.New("nothing was deleted")
		}
	}
	if err := stopDatabase(dir); err != nil {
		return err
	}
	if err := dir.Clear(); err != nil {
		return err
	}
	fmt.Println("The store is empty. The next start fills it with the sample catalog.")
	return nil
}

// stopDatabase stops a PostgreSQL server that a killed store has left running. Starting the embedded database stops an
// earlier server of the same folder first.
func stopDatabase(dir *datadir.Dir) error {
	if _, err := os.Stat(filepath.Join(dir.Path("postgres"), "data", "postmaster.pid")); err != nil {
		return nil //nolint:nilerr // nothing runs
	}
	e := &environment{dir: dir} // without database.url, startDatabase starts the embedded one
	if err := e.startDatabase(context.Background()); err != nil {
		return fmt.Errorf("stop the database of a killed store: %w", err)
	}
	return e.database.Stop()
}
