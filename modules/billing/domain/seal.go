package domain

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// Hash returns the hash of an entry in the journal's chain. previous is the hash before it; empty for the first entry.
// It equals that of the SQL function billing.journal_hash, with which entries are sealed. An entry without postings has
// none.
func (e JournalEntry) Hash(previous []byte) []byte {
	if len(e.Postings) == 0 {
		return nil
	}
	at := e.At.UnixMicro()
	text := fmt.Appendf(slices.Clone(previous), "%s\n%s\n%s\n%s\n%d.%06d", e.ID, e.SourceType, e.SourceID, e.OrderID,
		at/1e6, at%1e6)
	for i, p := range e.Postings {
		text = fmt.Appendf(text, "\n%d %s %s %d", i+1, p.Account, p.Amount.Currency(), p.Amount.Amount())
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// Digest returns the SHA-256 of parts, each preceded by its length.
func Digest(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return h.Sum(nil)
}

// RecordKind is a kind of sealed record.
type RecordKind string

// The kinds of sealed records.
const (
	DocumentRecord RecordKind = "document" // an issued invoice or credit note
	PDFRecord      RecordKind = "pdf"      // the stored PDF of a document
	DisputeRecord  RecordKind = "dispute"
)

// Record is a record that a seal covers, beside the journal.
type Record struct {
	Kind    RecordKind
	ID      id.ID
	Version int // counts the states of a dispute; 0: the record never changes
	Digest  []byte
}

// compareRecords orders the records of a seal.
func compareRecords(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.ID[:], b.ID[:]), cmp.Compare(a.Version, b.Version))
}

// Seal covers the journal's chain of hashes up to a position, some records, and the seal before it.
type Seal struct {
	StoreID       id.ID
	Sequence      int64 // 1 for the first seal
	KeyID         string
	At            time.Time // in microseconds
	Previous      []byte    // hash of the seal before it; empty for the first
	ChainPosition int64     // 0: the journal is empty
	ChainHash     []byte
	Records       []Record
	Hash          []byte // HMAC-SHA-256 of all of it
}

func (s Seal) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "coinslot seal 1\n%s\n%d\n%q\n%d\n%x\n%d\n%x\n%d\n", s.StoreID, s.Sequence, s.KeyID, s.At.UnixMicro(),
		s.Previous, s.ChainPosition, s.ChainHash, len(s.Records))
	for _, r := range slices.SortedFunc(slices.Values(s.Records), compareRecords) {
		fmt.Fprintf(&b, "%q %s %d %x\n", r.Kind, r.ID, r.Version, r.Digest)
	}
	return b.String()
}

// SeriesNumber is the last number of a series of invoices or credit notes.
type SeriesNumber struct {
	Series string
	Number int64
}

// Head is the last seal, and the last number of each series, at a moment.
type Head struct {
	StoreID    id.ID
	Sequence   int64  // of the last seal; 0: there was none
	Hash       []byte // of the last seal
	At         time.Time
	Numbers    []SeriesNumber // ordered by series
	Reserved   []SeriesNumber // up to which numbers may have been issued since, ordered by series
	RestoredTo time.Time      // the moment to which the database was restored before; zero: it was not
	KeyID      string
	MAC        []byte // HMAC-SHA-256 of all of it
}

func (h Head) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "coinslot head 1\n%s\n%d\n%x\n%d\n%q\n%d\n", h.StoreID, h.Sequence, h.Hash, h.At.UnixMicro(), h.KeyID,
		len(h.Numbers))
	for _, n := range h.Numbers {
		fmt.Fprintf(&b, "%q %d\n", n.Series, n.Number)
	}
	for _, n := range h.Reserved {
		fmt.Fprintf(&b, "reserved %q %d\n", n.Series, n.Number)
	}
	if !h.RestoredTo.IsZero() {
		fmt.Fprintf(&b, "restored to %d\n", h.RestoredTo.UnixMicro())
	}
	return b.String()
}

// Same reports whether two heads say the same, at whatever moment.
func (h Head) Same(other Head) bool {
	return h.StoreID == other.StoreID && h.Sequence == other.Sequence && bytes.Equal(h.Hash, other.Hash) &&
		slices.Equal(h.Numbers, other.Numbers)
}

// Errors of seals and heads.
var (
	// ErrSealKey is returned for a seal or a head whose key is not among the keys.
	ErrSealKey = errors.New("ledger.seal_keys does not list its key")
	// ErrSealHash is returned for a seal or a head whose HMAC does not match its content.
	ErrSealHash = errors.New("its HMAC does not match")
)

// SealKeys are the keys of seals and heads: the first one signs, all of them verify. Without keys nothing is signed.
type SealKeys []billing.SealKey

// Sign returns a seal with its key and its hash. There must be a key.
func (k SealKeys) Sign(s Seal) Seal {
	s.KeyID = k[0].ID
	s.Hash = mac(k[0].Secret, s.text())
	return s
}

// Verify verifies the HMAC of a seal. ErrSealKey, ErrSealHash.
func (k SealKeys) Verify(s Seal) error { return k.verify(s.KeyID, s.text(), s.Hash) }

// SignHead returns a head with its key and its HMAC. There must be a key.
func (k SealKeys) SignHead(h Head) Head {
	h.KeyID = k[0].ID
	h.MAC = mac(k[0].Secret, h.text())
	return h
}

// VerifyHead verifies the HMAC of a head. ErrSealKey, ErrSealHash.
func (k SealKeys) VerifyHead(h Head) error { return k.verify(h.KeyID, h.text(), h.MAC) }

func (k SealKeys) verify(keyID, text string, want []byte) error {
	for _, key := range k {
		switch {
		case key.ID != keyID:
		case hmac.Equal(mac(key.Secret, text), want) || mutant.On("accept-any-seal"):
			return nil
		default:
			return ErrSealHash
		}
	}
	return fmt.Errorf("%w %s", ErrSealKey, strconv.Quote(keyID))
}

func mac(secret []byte, text string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// SealedBatch is a stored seal, and what it covers as it is now.
type SealedBatch struct {
	Seal
	Chain   []byte // hash at ChainPosition of the journal's chain; nil: the chain has no such position
	Present map[id.ID][]Record
}

// SealPage are seals in the order of their sequence, with counts of all seals.
type SealPage struct {
	Batches []SealedBatch
	Count   int64 // of all seals
	Last    int64 // sequence of the last of all seals
	Late    int64 // positions of the journal's chain that no seal has covered for long
}

// Broken returns the violations of the counts.
func (p SealPage) Broken() (out []string) {
	if p.Count != p.Last {
		out = append(out, fmt.Sprintf("there are %d seals, and the last one is number %d", p.Count, p.Last))
	}
	if p.Late > 0 {
		out = append(out, fmt.Sprintf("%d positions of the journal's chain have waited for a seal for more than 15 minutes",
			p.Late))
	}
	return out
}

// Check returns the violations of a seal, one sentence each.
func (k SealKeys) Check(b SealedBatch) (out []string) {
	if err := k.Verify(b.Seal); err != nil {
		out = append(out, fmt.Sprintf("seal %d is not authentic: %s", b.Sequence, err))
	}
	if b.ChainPosition > 0 && !bytes.Equal(b.Chain, b.ChainHash) {
		out = append(out, fmt.Sprintf("position %d of the journal's chain was changed or deleted after seal %d",
			b.ChainPosition, b.Sequence))
	}
	for _, r := range b.Records {
		if what := changed(r, b.Present[r.ID]); what != "" {
			out = append(out, fmt.Sprintf("%s %s was %s after seal %d", r.Kind, r.ID, what, b.Sequence))
		}
	}
	return out
}

// changed compares a sealed record with the present ones of its ID. A newer version has a seal of its own.
func changed(sealed Record, present []Record) string {
	i := slices.IndexFunc(present, func(r Record) bool { return r.Kind == sealed.Kind })
	switch {
	case i < 0:
		return "deleted"
	case present[i].Version > sealed.Version:
		return ""
	case present[i].Version < sealed.Version || !bytes.Equal(present[i].Digest, sealed.Digest):
		return "changed"
	}
	return ""
}

// CheckHead returns the violations of a recorded head: seals are those of the store now, by sequence, and numbers the
// last ones of its series.
func CheckHead(recorded Head, seals map[int64][]byte, numbers []SeriesNumber) (out []string) {
	at := recorded.At.UTC().Format(time.RFC3339)
	hash, found := seals[recorded.Sequence]
	switch {
	case recorded.Sequence == 0:
	case !found:
		out = append(out, fmt.Sprintf("seal %d, recorded at %s, is missing", recorded.Sequence, at))
	case !bytes.Equal(hash, recorded.Hash):
		out = append(out, fmt.Sprintf("seal %d, recorded at %s as %s, is %s now", recorded.Sequence, at,
			short(recorded.Hash), short(hash)))
	}
	for _, was := range recorded.Numbers {
		i := slices.IndexFunc(numbers, func(n SeriesNumber) bool { return n.Series == was.Series })
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("series %s had the last number %d at %s and has none now", was.Series, was.Number, at))
		case numbers[i].Number < was.Number:
			out = append(out, fmt.Sprintf("series %s had the last number %d at %s and has %d now", was.Series, was.Number, at,
				numbers[i].Number))
		}
	}
	return out
}

const shortHash = 6 // bytes

func short(hash []byte) string { return hex.EncodeToString(hash[:min(len(hash), shortHash)]) + "…" }

// OrderedNumbers returns the last numbers of series, ordered by series.
func OrderedNumbers(last map[string]int64) (out []SeriesNumber) {
	for _, series := range slices.Sorted(maps.Keys(last)) {
		out = append(out, SeriesNumber{series, last[series]})
	}
	return out
}
