package portstest

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

var sealKeys = domain.SealKeys{{ID: "new", Secret: []byte("the key that seals")}, {ID: "old", Secret: []byte("old")}}

func seal(t *testing.T, f Fixture, keys domain.SealKeys, limit int) (n int) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
		n, err = s.Ledger.Seal(ctx, keys, limit, now)
		return err
	})
	return n
}

// seals returns all seals after a sequence, each of them authentic and matching what it covers.
func seals(t *testing.T, f Fixture, behind int64, limit int) domain.SealPage {
	t.Helper()
	p, err := f.Journal.Seals(t.Context(), behind, limit, now)
	require.NoError(t, err)
	require.Empty(t, p.Broken())
	for _, batch := range p.Batches {
		require.Empty(t, sealKeys.Check(batch))
	}
	return p
}

func putDispute(t *testing.T, f Fixture, d *domain.Dispute, status billing.DisputeStatus, at time.Time) {
	t.Helper()
	_, _, err := d.Apply(domain.DisputeReport{ProviderRef: "dp_1", Status: status, Amount: 1000, At: at}, newID(), now)
	require.NoError(t, err)
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Disputes.Put(ctx, *d) })
}

func recordsSealed(t *testing.T, f Fixture) {
	_, found, err := f.Journal.Head(t.Context())
	require.NoError(t, err)
	require.False(t, found)
	require.Zero(t, seal(t, f, sealKeys, 10), "there is nothing to seal")
	payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	require.NoError(t, number(t.Context(), f, 10, nil))
	require.NoError(t, post(t, f, entry(now, 100)))
	report := domain.DisputeReport{ProviderRef: "dp_1", Status: billing.DisputeOpened, Amount: 1000, At: now}
	dispute := domain.NewDispute(newID(), payment, report, now)
	putDispute(t, f, &dispute, billing.DisputeOpened, now)
	require.Equal(t, 3, seal(t, f, sealKeys, 10), "the entry, the invoice and the dispute")

	_, err = f.Documents.PutPDF(t.Context(), payment.Snapshot().ID, []byte("PDF"))
	require.NoError(t, err)
	putDispute(t, f, &dispute, billing.DisputeOpened, now.Add(time.Minute))
	putDispute(t, f, &dispute, billing.DisputeWon, now.Add(time.Hour))
	_, unsealed, err := f.Backlog.Unfinished(t.Context())
	require.NoError(t, err)
	require.True(t, unsealed)
	require.Equal(t, 3, seal(t, f, sealKeys[1:], 10), "the PDF and the dispute, which is queued twice")
	require.Zero(t, seal(t, f, sealKeys, 10))
	_, unsealed, err = f.Backlog.Unfinished(t.Context())
	require.NoError(t, err)
	require.False(t, unsealed)

	p := seals(t, f, 0, 100)
	require.Equal(t, [2]int64{2, 2}, [2]int64{p.Count, p.Last})
	require.Equal(t, "new", p.Batches[0].KeyID)
	require.Equal(t, []domain.RecordKind{domain.DisputeRecord, domain.DocumentRecord}, kindsOf(p.Batches[0]))
	require.Equal(t, "old", p.Batches[1].KeyID)
	require.Equal(t, []domain.RecordKind{domain.DisputeRecord, domain.PDFRecord}, kindsOf(p.Batches[1]))
	require.NotEmpty(t, domain.SealKeys{{ID: "new", Secret: []byte("another")}}.Check(p.Batches[0]))
	head, found, err := f.Journal.Head(t.Context())
	require.NoError(t, err)
	require.True(t, found)
	require.NotEqual(t, id.Nil, head.StoreID)
	require.Equal(t, domain.Head{
		StoreID: head.StoreID, Sequence: 2, Hash: p.Batches[1].Hash,
		Numbers: []domain.SeriesNumber{{Series: "INV-AT-2026", Number: 1}},
	}, head)
	hashes, err := f.Journal.SealHashes(t.Context(), []int64{1, 3})
	require.NoError(t, err)
	require.Equal(t, map[int64][]byte{1: p.Batches[0].Hash}, hashes)
}

func kindsOf(batch domain.SealedBatch) []domain.RecordKind {
	out := make([]domain.RecordKind, len(batch.Records))
	for i, r := range batch.Records {
		out[i] = r.Kind
	}
	if len(out) == 2 && out[0] > out[1] {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func sealPages(t *testing.T, f Fixture) {
	for range 5 {
		applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	}
	require.NoError(t, number(t.Context(), f, 10, nil))
	for _, want := range []int{2, 2, 1, 0} {
		require.Equal(t, want, seal(t, f, sealKeys, 2))
	}
	require.Len(t, seals(t, f, 0, 2).Batches, 1)
	require.Len(t, seals(t, f, 0, 3).Batches, 2)
	require.Len(t, seals(t, f, 1, 100).Batches, 2)
	require.Empty(t, seals(t, f, 3, 100).Batches)
	require.Empty(t, seals(t, f, 9, 100).Batches)
}

func unsealed(t *testing.T, f Fixture) {
	applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	require.NoError(t, number(t.Context(), f, 10, nil))
	require.NoError(t, post(t, f, entry(now, 100)))
	require.Equal(t, 1, seal(t, f, nil, 10), "the entry is added to the chain")
	require.Empty(t, seals(t, f, 0, 10).Batches)
	require.Equal(t, 1, seal(t, f, sealKeys, 10), "the invoice")
	p := seals(t, f, 0, 10)
	require.Equal(t, int64(1), p.Batches[0].ChainPosition, "the seal covers what was added without one")
	require.Len(t, p.Batches[0].Records, 1)
}
