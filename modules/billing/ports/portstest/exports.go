package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

func newExport(kinds ...domain.Kind) domain.Export {
	return domain.Export{
		ID: newID(), RequestedBy: newID(),
		Selection: domain.Selection{
			Kinds: kinds, Formats: []domain.Format{domain.PDFFormat}, Locale: "de", From: now, To: now.Add(time.Hour),
		},
		Status: domain.ExportPreparing, BatchSize: 2, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

func insertExport(t *testing.T, f Fixture, e domain.Export, limit int) (documents int) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
		documents, err = s.Exports.Insert(ctx, e, limit)
		return errors.Join(err, s.Events.ExportRequested(ctx, domain.ExportRequested{ExportID: e.ID}))
	})
	return documents
}

// export selects documents of an hour; two are issued outside of it, and one is a draft.
func export(t *testing.T, f Fixture) {
	ada := newID()
	before := sell(t, f, ada, "CS-0", "AT")
	issue(t, f, now.Add(-time.Second))
	want := []id.ID{sell(t, f, ada, "CS-1", "AT").ID}
	issue(t, f, now)
	want = append(want, sell(t, f, ada, "CS-2", "AT").ID, succeedRefund(t, f, before.ID).View().ID)
	issue(t, f, now.Add(time.Minute))
	sell(t, f, ada, "CS-3", "AT")
	issue(t, f, now.Add(time.Hour))
	sell(t, f, ada, "CS-4", "AT")
	_, err := f.Documents.PutPDF(t.Context(), want[0], []byte("a PDF"))
	require.NoError(t, err)

	e := newExport(domain.InvoiceKind, domain.CreditNoteKind)
	require.Equal(t, 3, insertExport(t, f, e, 10))
	e.Total = 3
	require.Equal(t, 1, f.Events())
	found, err := f.Exports.Find(t.Context(), e.ID, now)
	require.NoError(t, err)
	require.Equal(t, e, found)
	first, err := f.Exports.Batch(t.Context(), e.ID, 0)
	require.NoError(t, err)
	second, err := f.Exports.Batch(t.Context(), e.ID, 1)
	require.NoError(t, err)
	require.Len(t, first, 2)
	require.Len(t, second, 1)
	require.Equal(t, want[0], first[0].ID)
	require.Equal(t, "a PDF", string(first[0].PDF))
	require.Nil(t, second[0].PDF)
	require.ElementsMatch(t, want[1:], []id.ID{first[1].ID, second[0].ID})
	last, err := f.Exports.Batch(t.Context(), e.ID, 2)
	require.NoError(t, err)
	require.Empty(t, last)

	require.Equal(t, 2, insertExport(t, f, newExport(domain.InvoiceKind), 10))
	require.Equal(t, 1, insertExport(t, f, newExport(domain.InvoiceKind), 1), "a limit")
	require.Zero(t, insertExport(t, f, domain.Export{
		ID: newID(), Selection: domain.Selection{
			Kinds: e.Kinds, Formats: e.Formats, From: now.AddDate(1, 0, 0),
			To: now.AddDate(2, 0, 0),
		},
		Status: domain.ExportPreparing, BatchSize: 2, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}, 10))
	require.Error(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		_, err := s.Exports.Insert(ctx, e, 10)
		return err
	}), "the same ID again")
}

func expiredExports(t *testing.T, f Fixture) {
	long, short := newExport(domain.InvoiceKind), newExport(domain.InvoiceKind)
	long.ExpiresAt = now.Add(2 * time.Hour)
	insertExport(t, f, long, 1)
	insertExport(t, f, short, 1)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		for at, want := range map[time.Time]int{now: 2, short.ExpiresAt: 1, long.ExpiresAt: 0} {
			n, err := s.Exports.Count(ctx, at)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		locked, found, err := s.Exports.Lock(ctx, long.ID)
		require.True(t, found)
		require.NoError(t, err)
		require.NoError(t, locked.Fail())
		_, found, absent := s.Exports.Lock(ctx, newID())
		require.False(t, found)
		return errors.Join(absent, s.Exports.Update(ctx, locked))
	})
	all, err := f.Exports.All(t.Context(), now)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, short, all[0], "the newest first")
	require.Equal(t, domain.ExportFailed, all[1].Status)
	_, err = f.Exports.Find(t.Context(), short.ID, short.ExpiresAt)
	require.ErrorIs(t, err, domain.ErrNoExport)
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Exports.DeleteExpired(ctx, short.ExpiresAt) })
	all, err = f.Exports.All(t.Context(), now)
	require.NoError(t, err)
	require.Len(t, all, 1)
	for _, want := range []bool{true, false} {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			found, err := s.Exports.Delete(ctx, long.ID)
			require.Equal(t, want, found)
			return err
		})
	}
	_, err = f.Exports.Find(t.Context(), long.ID, now)
	require.ErrorIs(t, err, domain.ErrNoExport)
	none, err := f.Exports.Batch(t.Context(), long.ID, 0)
	require.NoError(t, err)
	require.Empty(t, none)
}
