package service_test

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/billing/ports"

	"github.com/stretchr/testify/require"
)

func TestPruneWebhooks_OlderThanRetention_AreDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.WebhookRetention = 24 * time.Hour
	event := ports.Event{Provider: "mockpay", ID: "evt_1", Body: []byte("{}"), ReceivedAt: f.clock.Now()}
	insert := func() (fresh bool) {
		require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, st ports.Stores) (err error) {
			fresh, err = st.Inbox.Insert(ctx, event)
			return err
		}))
		return fresh
	}
	require.True(t, insert())
	f.clock.Advance(f.WebhookRetention)
	require.NoError(t, f.PruneWebhooks(t.Context()))
	require.False(t, insert(), "it is kept")
	f.clock.Advance(time.Second)
	require.NoError(t, f.PruneWebhooks(t.Context()))
	require.True(t, insert(), "it was deleted")
}
