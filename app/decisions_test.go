package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"

	"github.com/stretchr/testify/require"

	billingdomain "coinslot/modules/billing/domain"
	checkoutdomain "coinslot/modules/checkout/domain"
)

const (
	stateMachines  = "decisions/0010-state-machines.md"
	updateVariable = "COINSLOT_TEST_UPDATE" // set: the diagrams are written instead of compared
)

// diagrams are those that the decision shows, by the name in their markers.
var diagrams = map[string]string{
	"order":   checkoutdomain.Transitions.Mermaid(checkout.Pending),
	"payment": billingdomain.PaymentTransitions.Mermaid(billing.Requested),
	"refund":  billingdomain.RefundTransitions.Mermaid(billing.RefundRequested),
	"dispute": billingdomain.DisputeTransitions.Mermaid(billing.DisputeOpened),
	"export":  billingdomain.ExportTransitions.Mermaid(billingdomain.ExportPreparing),
	"payout":  billingdomain.PayoutTransitions.Mermaid(billingdomain.PayoutPaid),
	"manual_entry": billingdomain.ManualTransitions.Mermaid(
		billingdomain.ManualProposed),
}

var section = regexp.MustCompile(`(?s)<!-- (\w+) -->\n(.*?)<!-- /(\w+) -->`)

func TestDecisions_StateMachines_AreDrawnFromTheTables(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(stateMachines)
	require.NoError(t, err)
	drawn := map[string]bool{}
	want := section.ReplaceAllStringFunc(string(raw), func(old string) string {
		match := section.FindStringSubmatch(old)
		name := match[1]
		require.Equal(t, name, match[3], "the markers around a diagram have one name")
		require.Contains(t, diagrams, name, "a diagram has a table")
		require.False(t, drawn[name], "%s is drawn twice", name)
		drawn[name] = true
		return strings.Join([]string{
			"<!-- " + name + " -->", "```mermaid", diagrams[name] + "```", "<!-- /" + name + " -->",
		}, "\n")
	})
	for name := range diagrams {
		require.True(t, drawn[name], "%s has no markers for %s", stateMachines, name)
	}
	if os.Getenv(updateVariable) != "" {
		require.NoError(t, os.WriteFile(stateMachines, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(raw), "run: %s=1 go test -run TestDecisions ./app", updateVariable)
}
