package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"coinslot/app/mockpay"
	"coinslot/app/store"
	"coinslot/platform/config"
)

// Environment variables of mockpay's secrets.
const (
	MockpaySecret = "MOCKPAY_WEBHOOK_SECRET" //nolint:gosec // the name of a variable, not a secret
	MockpayKey    = "MOCKPAY_API_KEY"
)

type mockpayCmd struct {
	Address    string `help:"Address to listen on." default:"127.0.0.1:8082"`
	PublicURL  string `help:"Base URL of the buyers' page; the default is http://ADDRESS." name:"public-url" default:""`
	Key        string `help:"${key_help}" default:"mockpay_test_key" env:"MOCKPAY_API_KEY"`
	Books      string `help:"Database file of charges and refunds." default:".coinslot/mockpay.db" type:"path"`
	WebhookURL string `help:"URL that receives webhooks; without one, none are sent." default:""`
	Secret     string `help:"Webhook secret." default:"mockpay_test_webhook_secret" env:"MOCKPAY_WEBHOOK_SECRET"`
	FeeRate    int64  `help:"Fee per charge in basis points." name:"fee-basis-points" default:"0"`
	FeeFixed   int64  `help:"Fee per charge in minor units, beside the basis points." name:"fee-fixed" default:"0"`
	DisputeFee int64  `help:"Fee per dispute in minor units." name:"dispute-fee" default:"0"`
	UntilEOF   bool   `help:"Stop when standard input is closed." name:"until-eof" hidden:""`
}

// Run runs the mock payment provider. The first line of its output is its URL.
func (c *mockpayCmd) Run() error {
	if c.Key == store.MockpayTestKey && !config.Loopback(c.Address) {
		return errors.New("mockpay's default API key is public: " +
			"set MOCKPAY_API_KEY to one of your own, or listen on 127.0.0.1")
	}
	if err := os.MkdirAll(filepath.Dir(c.Books), 0o755); err != nil {
		return fmt.Errorf("create the folder of mockpay's database: %w", err)
	}
	server, err := mockpay.Start(mockpay.Options{
		Address: c.Address, PublicURL: c.PublicURL, APIKey: c.Key, Path: c.Books,
		WebhookURL: c.WebhookURL, WebhookSecret: c.Secret, FeeRate: c.FeeRate, FeeFixed: c.FeeFixed,
		DisputeFee: c.DisputeFee,
	})
	if err != nil {
		return err
	}
	fmt.Println(server.URL())
	c.wait()
	return server.Stop()
}

func (c *mockpayCmd) wait() {
	if c.UntilEOF {
		// Ctrl-C in a terminal signals the whole process group. Ignore it: the parent stops the provider by closing
		// standard input.
		signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // an error ends standard input too
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
}
