package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"coinslot/platform/config"
)

const adminReadTimeout = 5 * time.Second

// Admin is the listener for metrics and profiles.
type Admin struct {
	server *http.Server
	cfg    config.Admin
	log    *slog.Logger
	addr   string
}

// NewAdmin returns a listener that is not started. It serves metrics and pprof.
func NewAdmin(cfg config.Admin, metrics http.Handler, log *slog.Logger) *Admin {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return &Admin{server: &http.Server{Handler: mux, ReadHeaderTimeout: adminReadTimeout}, cfg: cfg, log: log}
}

// Listen opens the listener and serves in the background. Its error is one sentence that names the configuration key.
func (a *Admin) Listen(context.Context) error {
	listener, err := listen("admin.address", a.cfg.Address)
	if err != nil {
		return err
	}
	a.addr = listener.Addr().String()
	go serve(a.server, listener, a.log)
	return nil
}

// Address returns the address of the open listener.
func (a *Admin) Address() string { return a.addr }

// Shutdown closes the listener and all connections at once. It does not wait for running profiles, which may be long.
func (a *Admin) Shutdown(context.Context) error { return a.server.Close() }
