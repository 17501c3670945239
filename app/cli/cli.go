// Package cli is the command line: one file for each command.
package cli

import (
	"fmt"
	"os"
	"strings"

	"coinslot/app/store"

	"github.com/alecthomas/kong"
)

type cli struct {
	Profile string `help:"Which profile of configs/ lies on the defaults: local, compose, production or test." default:"local" env:"COINSLOT_PROFILE" placeholder:"NAME"`
	Config  string `help:"A YAML file of your own on top of the profile." env:"COINSLOT_CONFIG" type:"path" placeholder:"FILE"`

	Serve     serveCmd     `cmd:"" default:"1" help:"Run the store (the default)."`
	Demo      demoCmd      `cmd:"" help:"Play one purchase against the running store and save its invoice."`
	Seed      seedCmd      `cmd:"" help:"Add the sample catalog to an empty catalog."`
	Catalog   catalogCmd   `cmd:"" help:"Import a catalog of your own."`
	Reset     resetCmd     `cmd:"" help:"Delete everything that a local store has kept."`
	Account   accountCmd   `cmd:"" help:"Manage accounts."`
	Orders    ordersCmd    `cmd:"" help:"List and resolve the orders in manual review."`
	Migrate   migrateCmd   `cmd:"" help:"Change the database's schema."`
	Verify    verifyCmd    `cmd:"" help:"Check every promise of the store on its live database, and against the provider's books."`
	Reconcile reconcileCmd `cmd:"" help:"Compare the provider's charges of a day with ours, both ways."`
	Mockpay   mockpayCmd   `cmd:"" help:"Run the mock payment provider alone."`
	DBServe   dbServeCmd   `cmd:"" name:"db-serve" help:"Run an embedded PostgreSQL until standard input ends."`
	Openapi   openapiCmd   `cmd:"" help:"Print the OpenAPI document."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// Main runs what the command line asks for and ends the process with 1 if that fails.
func Main() {
	var c cli
	ctx := kong.Parse(&c,
		kong.Name("coinslot"),
		kong.Description("A game store's backend: accounts, catalog, cart, checkout, payments, invoices, library."),
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
