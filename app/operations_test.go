package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const operationsPage = "operations.md"

// foreign are the metrics of Prometheus and of its exporters that rules use.
var foreign = []string{
	"up", "pg_replication_lag_seconds", "node_filesystem_avail_bytes", "node_filesystem_size_bytes",
	"probe_ssl_earliest_cert_expiry",
}

var (
	listedMetric = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")
	notNames     = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b(by|without|on|ignoring)\s*\([^)]*\)`)
	identifier   = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\s*\(?`)
)

// metricsIn returns the metrics of a PromQL expression, a histogram under its own name.
func metricsIn(expr string) (out []string) {
	for _, found := range identifier.FindAllString(notNames.ReplaceAllString(expr, " "), -1) {
		name := strings.TrimSpace(found)
		if strings.HasSuffix(name, "(") || name == "and" || name == "or" || name == "unless" || name == "bool" {
			continue
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); strings.HasSuffix(base, "_duration_seconds") {
				name = base
			}
		}
		out = append(out, name)
	}
	return out
}

func TestMetricsIn(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string][]string{
		`max by (reason) (a_b{x="y"}) > 0`:                             {"a_b"},
		`histogram_quantile(0.9, rate(c_duration_seconds_bucket[5m]))`: {"c_duration_seconds"},
		`db_client_connection_count / d and up{job="c"} == 0`:          {"db_client_connection_count", "d", "up"},
	} {
		require.Equal(t, want, metricsIn(expr), expr)
	}
}

// The black-box tests assert that a store has each metric of the page.
func TestOperations_RulesAndDashboards_UseMetricsOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(operationsPage)
	require.NoError(t, err)
	known := append([]string{}, foreign...)
	for _, m := range listedMetric.FindAllStringSubmatch(string(page), -1) {
		known = append(known, m[1])
	}
	require.Greater(t, len(known), 40)
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	raw, err := os.ReadFile("../.docker/prometheus/alerts.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(raw, &rules))
	require.Len(t, rules.Groups, 1)
	require.Greater(t, len(rules.Groups[0].Rules), 20)
	for _, rule := range rules.Groups[0].Rules {
		require.Subset(t, known, metricsIn(rule.Expr), rule.Alert)
		require.Contains(t, []string{"page", "ticket"}, rule.Labels["severity"])
		require.Equal(t, "app/operations.md#"+strings.ToLower(rule.Alert), rule.Annotations["runbook"])
		_, runbook, found := strings.Cut(string(page), "\n### "+rule.Alert+"\n")
		require.True(t, found, "the runbook of %s", rule.Alert)
		runbook, _, _ = strings.Cut(runbook, "\n### ")
		for _, part := range []string{"**What it means.**", "**How to look.**", "**What to do.**"} {
			require.Contains(t, runbook, part, rule.Alert)
		}
	}
	dashboards, err := filepath.Glob("../.docker/grafana/*.json")
	require.NoError(t, err)
	require.Len(t, dashboards, 2)
	for _, path := range dashboards {
		var board struct {
			UID    string `json:"uid"`
			Panels []struct {
				Title   string `json:"title"`
				Targets []struct {
					Expr string `json:"expr"`
				} `json:"targets"`
			} `json:"panels"`
		}
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &board), path)
		require.NotEmpty(t, board.UID)
		for _, panel := range board.Panels {
			require.NotEmpty(t, panel.Targets, panel.Title)
			for _, target := range panel.Targets {
				require.NotEmpty(t, metricsIn(target.Expr))
				require.Subset(t, known, metricsIn(target.Expr), "%s: %s", path, panel.Title)
			}
		}
	}
}
