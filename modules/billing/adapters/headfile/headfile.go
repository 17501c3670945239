// Package headfile keeps the heads of the ledger's seals in a file outside of the database, one JSON object per line.
package headfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
)

type line struct {
	Store    id.ID            `json:"store"`
	Sequence int64            `json:"sequence"`
	Hash     string           `json:"hash"` // in hex, as hmac
	At       time.Time        `json:"at"`
	Numbers  map[string]int64 `json:"numbers"` // the last ones, by series
	Reserved map[string]int64 `json:"reserved,omitempty"`
	Restored *time.Time       `json:"restored_to,omitempty"`
	Key      string           `json:"key"`
	MAC      string           `json:"hmac"`
}

func encode(h domain.Head) ([]byte, error) {
	l := line{
		Store: h.StoreID, Sequence: h.Sequence, Hash: hex.EncodeToString(h.Hash), At: h.At.UTC(),
		Numbers: map[string]int64{}, Reserved: map[string]int64{}, Key: h.KeyID, MAC: hex.EncodeToString(h.MAC),
	}
	for _, n := range h.Numbers {
		l.Numbers[n.Series] = n.Number
	}
	for _, n := range h.Reserved {
		l.Reserved[n.Series] = n.Number
	}
	if !h.RestoredTo.IsZero() {
		moment := h.RestoredTo.UTC()
		l.Restored = &moment
	}
	raw, err := json.Marshal(l)
	return append(raw, '\n'), err
}

var errLine = errors.New("it is not a head of a ledger")

// decode returns the head of a line. Every byte counts: it refuses a line that encode would write in another way.
func decode(raw []byte) (domain.Head, error) {
	var l line
	if err := json.Unmarshal(raw, &l); err != nil {
		return domain.Head{}, errLine
	}
	hash, err := hex.DecodeString(l.Hash)
	if err != nil {
		return domain.Head{}, errLine
	}
	mac, err := hex.DecodeString(l.MAC)
	if err != nil {
		return domain.Head{}, errLine
	}
	h := domain.Head{StoreID: l.Store, Sequence: l.Sequence, Hash: hash, At: l.At, KeyID: l.Key, MAC: mac}
	h.Numbers, h.Reserved = domain.OrderedNumbers(l.Numbers), domain.OrderedNumbers(l.Reserved)
	if l.Restored != nil {
		h.RestoredTo = *l.Restored
	}
	again, err := encode(h)
	if err != nil || !bytes.Equal(again, raw) {
		return domain.Head{}, errLine
	}
	return h, nil
}

// Read returns the heads of a file, the first line first. It ignores a last line that has no line break, because its
// writer was interrupted. The error names a line that is not as it was written. Whether the heads are authentic is for
// the caller to check.
func Read(path string) ([]domain.Head, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("the head file cannot be read: %w; a store appends its first head after "+
			"ledger.head_interval", err)
	}
	if err != nil {
		return nil, fmt.Errorf("the head file cannot be read: %w", err)
	}
	defer file.Close()
	var out []domain.Head
	for reader := bufio.NewReader(file); ; {
		raw, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the head file cannot be read: %w", err)
		}
		head, err := decode(raw)
		if err != nil {
			return nil, fmt.Errorf("line %d of %s was changed: %w", len(out)+1, path, err)
		}
		out = append(out, head)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the head file %s has no heads", path)
	}
	return out, nil
}

// Log appends heads to a file. One process at a time may append to a file.
type Log struct {
	path string
	mu   sync.Mutex
	last *domain.Head
}

// New returns a log with the file of a path, which the first Append creates.
func New(path string) *Log { return &Log{path: path} }

// Last returns the last head of the file, if that line is as it was written.
func (l *Log) Last(context.Context) (domain.Head, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil {
		return *l.last, true, nil
	}
	file, err := os.Open(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return domain.Head{}, false, nil
	}
	if err != nil {
		return domain.Head{}, false, fmt.Errorf("open the head file: %w", err)
	}
	defer file.Close()
	_, end, err := tail(file)
	if err != nil {
		return domain.Head{}, false, err
	}
	lines := bytes.SplitAfter(end, []byte{'\n'})
	if len(lines) < 2 { // the last element is what follows the last line break
		return domain.Head{}, false, nil
	}
	head, err := decode(lines[len(lines)-2])
	return head, err == nil, nil
}

// tailSize is more than a line has.
const tailSize = 64 << 10

// tail returns the end of a file and the file's size.
func tail(file *os.File) (size int64, end []byte, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, nil, fmt.Errorf("read the head file: %w", err)
	}
	end = make([]byte, min(info.Size(), tailSize))
	if _, err := file.ReadAt(end, info.Size()-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("read the head file: %w", err)
	}
	return info.Size(), end, nil
}

// Append adds a line and waits until it is on the disk. It removes what an interrupted Append has left of a line.
func (l *Log) Append(_ context.Context, head domain.Head) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw, err := encode(head)
	if err != nil {
		return fmt.Errorf("encode a head: %w", err)
	}
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the head file: %w", err)
	}
	if err := errors.Join(write(file, raw), file.Close()); err != nil {
		return fmt.Errorf("append to the head file: %w", err)
	}
	l.last = &head
	return nil
}

func write(file *os.File, raw []byte) error {
	size, end, err := tail(file)
	if err != nil {
		return err
	}
	if torn := len(end) - 1 - bytes.LastIndexByte(end, '\n'); torn > 0 {
		if err := file.Truncate(size - int64(torn)); err != nil {
			return err
		}
	}
	if _, err := file.Write(raw); err != nil {
		return err
	}
	if err := file.Sync(); err != nil || size > 0 {
		return err
	}
	folder, err := os.Open(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close()) // the file is new
}
