package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"coinslot/platform/config"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

const adminReadTimeout = 5 * time.Second

// Admin is the listener for metrics and profiles.
type Admin struct {
	server *http.Server
	cfg    config.Admin
	log    *slog.Logger
	addr   string
	meters metric.MeterProvider
}

// NewAdmin returns a listener that is not started. It serves the metrics of the process, those of Meters, and pprof.
func NewAdmin(cfg config.Admin, log *slog.Logger) (*Admin, error) {
	registry := prometheus.NewRegistry()
	for _, collector := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register the process's metrics: %w", err)
		}
	}
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("open the metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return &Admin{
		server: &http.Server{Handler: mux, ReadHeaderTimeout: adminReadTimeout}, cfg: cfg, log: log,
		meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)),
	}, nil
}

// Meters returns the provider whose instruments the listener exposes.
func (a *Admin) Meters() metric.MeterProvider { return a.meters }

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
