package cli

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"coinslot/app/samples"
	"coinslot/modules/identity"
)

type accountCmd struct {
	GrantRole   grantRoleCmd   `cmd:"" name:"grant-role" help:"Grant a role to an account."`
	RevokeRole  revokeRoleCmd  `cmd:"" name:"revoke-role" help:"Revoke the staff role from an account."`
	Suspend     suspendCmd     `cmd:"" help:"Suspend an account and end its sessions."`
	Reinstate   reinstateCmd   `cmd:"" help:"Reinstate a suspended account."`
	EndSessions endSessionsCmd `cmd:"" name:"end-sessions" help:"End every session of an account."`
	Collisions  collisionsCmd  `cmd:"" help:"List accounts whose e-mail address is a variant of an older account's."`
}

// named is the argument that identifies an account.
type named struct {
	Login string `arg:"" help:"The account's e-mail address or handle."`
}

type grantRoleCmd struct {
	named
	Role string `arg:"" help:"customer or staff." enum:"customer,staff"`
}

// Run grants a role to an account.
func (cmd grantRoleCmd) Run(c *cli) error {
	return c.onAccount(func(ctx context.Context, s samples.Loader) (string, error) {
		account, err := s.Identity.GrantRole(ctx, cmd.Login, cmd.Role)
		return roles(account), err
	})
}

type revokeRoleCmd struct {
	named
	Role string `arg:"" help:"staff; every account is a customer." enum:"staff"`
}

// Run revokes a role from an account.
func (cmd revokeRoleCmd) Run(c *cli) error {
	return c.onAccount(func(ctx context.Context, s samples.Loader) (string, error) {
		account, err := s.Identity.RevokeRole(ctx, cmd.Login, cmd.Role)
		return roles(account), err
	})
}

func roles(account identity.Account) string {
	return fmt.Sprintf("%s now has the roles %v", account.Handle, account.Roles)
}

type suspendCmd struct{ named }

// Run suspends an account.
func (cmd suspendCmd) Run(c *cli) error {
	return c.onAccount(func(ctx context.Context, s samples.Loader) (string, error) {
		account, err := s.Identity.Suspend(ctx, cmd.Login)
		return account.Handle + " is suspended; its sessions end within a second", err
	})
}

type reinstateCmd struct{ named }

// Run reinstates an account.
func (cmd reinstateCmd) Run(c *cli) error {
	return c.onAccount(func(ctx context.Context, s samples.Loader) (string, error) {
		account, err := s.Identity.Reinstate(ctx, cmd.Login)
		return account.Handle + " can sign in again", err
	})
}

type endSessionsCmd struct{ named }

// Run ends every session of an account.
func (cmd endSessionsCmd) Run(c *cli) error {
	return c.onAccount(func(ctx context.Context, s samples.Loader) (string, error) {
		account, err := s.Identity.EndSessions(ctx, cmd.Login)
		return "the sessions of " + account.Handle + " end within a second", err
	})
}

// onAccount runs fn and prints the result that it returns.
func (c *cli) onAccount(fn func(ctx context.Context, s samples.Loader) (result string, err error)) error {
	return c.asStore(func(ctx context.Context, s samples.Loader) error {
		result, err := fn(ctx, s)
		if err == nil {
			fmt.Println(result)
		}
		return err
	})
}

type collisionsCmd struct{}

// Run lists the accounts that can sign in only with the exact spelling of their address.
func (collisionsCmd) Run(c *cli) error {
	return c.asStore(func(ctx context.Context, s samples.Loader) error {
		accounts, err := s.Identity.Collisions(ctx)
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			fmt.Println("no e-mail address collides with another account's")
			return nil
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ACCOUNT\tHANDLE\tADDRESS\tREGISTERED")
		for _, a := range accounts {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.ID, a.Handle, a.Email, a.CreatedAt.Format(time.RFC3339))
		}
		return table.Flush()
	})
}
