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

// The variables that mockpay reads its secrets from.
const (
	MockpaySecret = "MOCKPAY_WEBHOOK_SECRET" //nolint:gosec // the name of a variable, not a secret
	MockpayKey    = "MOCKPAY_API_KEY"
)

type mockpayCmd struct {
	Address    string `help:"Where to listen." default:"127.0.0.1:8082"`
	PublicURL  string `help:"Where buyers find its page; empty: http:// and the address." name:"public-url" default:""`
	Key        string `help:"What merchants show in Authorization: Bearer. The default serves loopback only." default:"mockpay_test_key" env:"MOCKPAY_API_KEY"`
	Books      string `help:"The file that keeps the provider's books." default:".coinslot/mockpay.db" type:"path"`
	WebhookURL string `help:"Where webhooks go; empty: nowhere." default:""`
	Secret     string `help:"What webhooks are signed with." default:"mockpay_test_webhook_secret" env:"MOCKPAY_WEBHOOK_SECRET"`
	FeeRate    int64  `help:"What the provider keeps of each charge, in hundredths of a percent." name:"fee-basis-points" default:"0"`
	UntilEOF   bool   `help:"End when standard input does." name:"until-eof" hidden:""`
}

// Run runs the mock payment provider. Its first line is its URL.
func (c *mockpayCmd) Run() error {
	if c.Key == store.MockpayTestKey && !config.Loopback(c.Address) {
		return errors.New("everybody knows mockpay's default API key: set MOCKPAY_API_KEY to one of your own, or listen on 127.0.0.1")
	}
	if err := os.MkdirAll(filepath.Dir(c.Books), 0o755); err != nil {
		return fmt.Errorf("make the folder of the books: %w", err)
	}
	server, err := mockpay.Start(mockpay.Options{
		Address: c.Address, PublicURL: c.PublicURL, APIKey: c.Key, Path: c.Books,
		WebhookURL: c.WebhookURL, WebhookSecret: c.Secret, FeeRate: c.FeeRate,
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
		// The terminal's Ctrl-C reaches the whole group; the parent decides when the provider may go.
		signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // any end of stdin is the parent's end
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
}
