// Package cli is the command line, with one file per command.
package cli

import (
	"fmt"
	"os"
	"strings"

	"coinslot/app/store"

	"github.com/alecthomas/kong"
)

type cli struct {
	Profile string `help:"${profile_help}" default:"local" env:"COINSLOT_PROFILE" placeholder:"NAME"`
	Config  string `help:"${config_help}" env:"COINSLOT_CONFIG" type:"path" placeholder:"FILE"`

	Serve     serveCmd     `cmd:"" default:"1" help:"Run the store (the default)."`
	Demo      demoCmd      `cmd:"" help:"Make a purchase and a refund at the running store, and save the invoice."`
	Seed      seedCmd      `cmd:"" help:"Add the sample catalog to an empty catalog, or generate bulk data."`
	Catalog   catalogCmd   `cmd:"" help:"Import a catalog of your own."`
	Reset     resetCmd     `cmd:"" help:"Delete all data of the local store."`
	Account   accountCmd   `cmd:"" help:"Manage accounts."`
	Status    statusCmd    `cmd:"" help:"Print what needs attention, from reviews to failed checks."`
	Jobs      jobsCmd      `cmd:"" help:"List, show, retry and discard background jobs."`
	Orders    ordersCmd    `cmd:"" help:"List and resolve the orders in manual review."`
	Migrate   migrateCmd   `cmd:"" help:"Change the database's schema."`
	Verify    verifyCmd    `cmd:"" help:"Check every invariant on the live database and against the provider's charges."`
	Reconcile reconcileCmd `cmd:"" help:"Reconcile the provider's balance transactions of a day with the store's records."`
	Mockpay   mockpayCmd   `cmd:"" help:"Run only the mock payment provider."`
	DBServe   dbServeCmd   `cmd:"" name:"db-serve" help:"Run an embedded PostgreSQL until standard input ends."`
	Openapi   openapiCmd   `cmd:"" help:"Print the OpenAPI document."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// Main runs the command of the command line. If it fails, Main prints the error to standard error and exits with 1.
func Main() {
	var c cli
	ctx := kong.Parse(&c,
		kong.Name("coinslot"),
		kong.Description("A game store's backend: accounts, catalog, cart, checkout, payments, invoices, library."),
		kong.Vars{
			"profile_help": "Profile of configs/ that overrides the defaults: local, compose, production or test.",
			"job_states":   jobStates,
			"config_help":  "YAML file that overrides the profile.",
			"key_help":     "API key of the merchants (Authorization: Bearer KEY). The default is for loopback addresses only.",
		},
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err := ctx.Run(&c); err != nil {
		fmt.Fprintln(os.Stderr, "coinslot: "+strings.Join(strings.Fields(err.Error()), " "))
		os.Exit(1)
	}
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	_, err := fmt.Println("coinslot " + store.Version())
	return err
}
