package domain_test

import (
	"testing"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

var sealKeys = domain.SealKeys{{ID: "2027", Secret: []byte("new")}, {ID: "2026", Secret: []byte("old")}}

func sampleSeal() domain.Seal {
	return domain.Seal{
		StoreID: id.Max, Sequence: 2, At: time.UnixMicro(1), Previous: []byte{1}, ChainPosition: 3, ChainHash: []byte{2},
		Records: []domain.Record{{Kind: domain.DisputeRecord, ID: id.Max, Version: 1, Digest: []byte{3}}},
	}
}

func TestSeal_EachField_IsAuthenticated(t *testing.T) {
	t.Parallel()
	require.NoError(t, sealKeys.Verify(sealKeys.Sign(sampleSeal())))
	require.NoError(t, sealKeys.Verify(sealKeys[1:].Sign(sampleSeal())), "an older key verifies")
	require.ErrorIs(t, sealKeys[1:].Verify(sealKeys.Sign(sampleSeal())), domain.ErrSealKey)
	for name, change := range map[string]func(s *domain.Seal){
		"store":          func(s *domain.Seal) { s.StoreID = id.Nil },
		"sequence":       func(s *domain.Seal) { s.Sequence++ },
		"key":            func(s *domain.Seal) { s.KeyID = "2026" },
		"time":           func(s *domain.Seal) { s.At = s.At.Add(time.Microsecond) },
		"previous":       func(s *domain.Seal) { s.Previous = nil },
		"position":       func(s *domain.Seal) { s.ChainPosition++ },
		"chain":          func(s *domain.Seal) { s.ChainHash = []byte{3} },
		"no record":      func(s *domain.Seal) { s.Records = nil },
		"record kind":    func(s *domain.Seal) { s.Records[0].Kind = domain.PDFRecord },
		"record version": func(s *domain.Seal) { s.Records[0].Version++ },
		"record digest":  func(s *domain.Seal) { s.Records[0].Digest = []byte{4} },
		"hash":           func(s *domain.Seal) { s.Hash[0]++ },
	} {
		s := sealKeys.Sign(sampleSeal())
		change(&s)
		require.ErrorIs(t, sealKeys.Verify(s), domain.ErrSealHash, name)
	}
}

func TestCheck_Record_IsComparedWithItsLatestVersion(t *testing.T) {
	t.Parallel()
	of := func(kind domain.RecordKind, version int, digest byte) domain.Record {
		return domain.Record{Kind: kind, ID: id.Max, Version: version, Digest: []byte{digest}}
	}
	for name, c := range map[string]struct {
		present []domain.Record
		want    []string
	}{
		"same":  {[]domain.Record{of(domain.PDFRecord, 0, 9), of(domain.DisputeRecord, 1, 3)}, nil},
		"newer": {[]domain.Record{of(domain.DisputeRecord, 2, 4)}, nil},
		"changed": {
			[]domain.Record{of(domain.DisputeRecord, 1, 4)},
			[]string{"dispute " + id.Max.String() + " was changed after seal 2"},
		},
		"older": {
			[]domain.Record{of(domain.DisputeRecord, 0, 3)},
			[]string{"dispute " + id.Max.String() + " was changed after seal 2"},
		},
		"other": {
			[]domain.Record{of(domain.PDFRecord, 1, 3)},
			[]string{"dispute " + id.Max.String() + " was deleted after seal 2"},
		},
		"deleted": {nil, []string{"dispute " + id.Max.String() + " was deleted after seal 2"}},
	} {
		batch := domain.SealedBatch{
			Seal: sealKeys.Sign(sampleSeal()), Chain: []byte{2}, Present: map[id.ID][]domain.Record{id.Max: c.present},
		}
		require.Equal(t, c.want, sealKeys.Check(batch), name)
		batch.Chain = nil
		require.Len(t, sealKeys.Check(batch), len(c.want)+1, "the chain ends before the position")
	}
}

func TestCheckHead_WhatIsGone_IsReported(t *testing.T) {
	t.Parallel()
	recorded := sealKeys.SignHead(domain.Head{
		Sequence: 7, Hash: []byte{1}, At: time.UnixMicro(0), Numbers: []domain.SeriesNumber{{Series: "INV", Number: 5}},
	})
	require.NoError(t, sealKeys.VerifyHead(recorded))
	for _, c := range []struct {
		hash   []byte
		number int64
		want   []string
	}{
		{[]byte{1}, 6, nil},
		{[]byte{2}, 5, []string{"seal 7, recorded at 1970-01-01T00:00:00Z as 01…, is 02… now"}},
		{[]byte{1}, 4, []string{"series INV had the last number 5 at 1970-01-01T00:00:00Z and has 4 now"}},
	} {
		numbers := []domain.SeriesNumber{{Series: "INV", Number: c.number}}
		require.Equal(t, c.want, domain.CheckHead(recorded, map[int64][]byte{7: c.hash}, numbers))
	}
	require.Equal(t, []string{
		"seal 7, recorded at 1970-01-01T00:00:00Z, is missing",
		"series INV had the last number 5 at 1970-01-01T00:00:00Z and has none now",
	}, domain.CheckHead(recorded, nil, nil))
}
