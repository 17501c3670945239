package memory

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
)

// storeID is the ID of every store in memory.
var storeID = id.Max

func (s *state) enqueue(kind domain.RecordKind, recordID id.ID) {
	s.queue = append(s.queue, domain.Record{Kind: kind, ID: recordID})
}

// sealed returns the position of the chain that the last seal covers.
func (s *state) sealed() int {
	if len(s.seals) == 0 {
		return 0
	}
	return int(s.seals[len(s.seals)-1].ChainPosition)
}

// seal seals the chain and a batch of records, and returns how many records left the queue.
func (s *state) seal(keys domain.SealKeys, limit int, now time.Time) int {
	seal := domain.Seal{
		StoreID: storeID, Sequence: int64(len(s.seals)) + 1, At: now.Truncate(time.Microsecond),
		ChainPosition: int64(len(s.chain)),
	}
	if len(s.seals) > 0 {
		seal.Previous = s.seals[len(s.seals)-1].Hash
	}
	if len(s.chain) > 0 {
		seal.ChainHash = s.chain[len(s.chain)-1]
	}
	taken := s.queue[:min(limit, len(s.queue))]
	s.queue = s.queue[len(taken):]
	for _, queued := range taken {
		for _, r := range s.records(queued.ID) {
			if r.Kind == queued.Kind && !s.contains(seal.Records, r) {
				seal.Records = append(seal.Records, r)
			}
		}
	}
	if len(seal.Records) > 0 || s.sealed() < len(s.chain) {
		s.seals = append(s.seals, keys.Sign(seal))
	}
	return len(taken)
}

// contains reports whether a version of a record is in a seal or in fresh.
func (s *state) contains(fresh []domain.Record, r domain.Record) bool {
	same := func(o domain.Record) bool { return o.Kind == r.Kind && o.ID == r.ID && o.Version == r.Version }
	return slices.ContainsFunc(fresh, same) ||
		slices.ContainsFunc(s.seals, func(seal domain.Seal) bool { return slices.ContainsFunc(seal.Records, same) })
}

// records returns the records of an ID as they are now.
func (s *state) records(recordID id.ID) (out []domain.Record) {
	for _, i := range s.invoices {
		if i.ID == recordID {
			out = append(out, domain.Record{Kind: domain.DocumentRecord, ID: recordID, Digest: i.Hash})
		}
	}
	if pdf := s.pdfs[recordID]; pdf != nil {
		sum := sha256.Sum256(pdf)
		out = append(out, domain.Record{Kind: domain.PDFRecord, ID: recordID, Digest: sum[:]})
	}
	if d, found := s.disputes[recordID]; found {
		digest := domain.Digest(fmt.Sprint(d.PaymentID, d.ProviderRef, d.Amount, d.Status, d.Turns))
		out = append(out, domain.Record{Kind: domain.DisputeRecord, ID: recordID, Version: d.Turns, Digest: digest})
	}
	return out
}

// Seals returns the seals after a sequence, each with what it covers as it is now.
func (j Journal) Seals(_ context.Context, behind int64, limit int, _ time.Time) (page domain.SealPage, err error) {
	j.store.cell.View(func(st *state) {
		page.Count, page.Last = int64(len(st.seals)), int64(len(st.seals))
		read := 0
		for _, seal := range st.seals[min(int(behind), len(st.seals)):] {
			if read >= limit {
				return
			}
			read += len(seal.Records)
			batch := domain.SealedBatch{Seal: seal, Present: map[id.ID][]domain.Record{}}
			if at := int(seal.ChainPosition); at > 0 && at <= len(st.chain) {
				batch.Chain = st.chain[at-1]
			}
			for _, r := range seal.Records {
				batch.Present[r.ID] = st.records(r.ID)
			}
			page.Batches = append(page.Batches, batch)
		}
	})
	return page, nil
}

// Head returns the last seal and the last number of each series.
func (j Journal) Head(context.Context) (head domain.Head, found bool, err error) {
	head.StoreID = storeID
	j.store.cell.View(func(st *state) {
		if n := len(st.seals); n > 0 {
			head.Sequence, head.Hash, found = int64(n), st.seals[n-1].Hash, true
		}
		last := map[string]int64{}
		for _, i := range st.invoices {
			last[i.Series] = max(last[i.Series], i.Number)
		}
		for _, l := range st.lost {
			last[l.Series] = max(last[l.Series], l.Last)
		}
		head.Numbers = domain.OrderedNumbers(last)
	})
	return head, found, nil
}

// SealHashes returns the hashes of seals by their sequence.
func (j Journal) SealHashes(_ context.Context, sequences []int64) (map[int64][]byte, error) {
	out := map[int64][]byte{}
	j.store.cell.View(func(st *state) {
		for _, seal := range st.seals {
			if slices.Contains(sequences, seal.Sequence) {
				out[seal.Sequence] = seal.Hash
			}
		}
	})
	return out, nil
}
