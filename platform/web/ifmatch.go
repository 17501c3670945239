package web

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"coinslot/platform/fault"
)

// ErrIfMatch is returned for an If-Match header that is not a list of entity tags.
var ErrIfMatch = fault.New(fault.Malformed, "bad-if-match",
	`send If-Match as the ETag was returned, such as "7", or leave it out`)

// IfMatch is the input of conditional writes.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"256" doc:"The ETag of the version to change, several or *; stale: 412"`
}

const (
	anyVersion = 0
	noVersion  = -1  // for a tag that is not the version of any row
	versionEnd = "." // separates the row version from the hash of the body in a tag
)

// Version returns the row version that the write requires, or 0 when it is unconditional. It returns -1 for a tag
// that no row has, and ErrIfMatch for a malformed header. When the header lists several tags, the handler is called
// for one after the other.
func (h *IfMatch) Version() (int64, error) {
	versions, err := h.versions()
	if err != nil {
		return 0, err
	}
	return versions[0], nil
}

// entityTag is that of RFC 9110. It may be weak, because proxies weaken tags when they compress.
var entityTag = regexp.MustCompile(`^(?:W/)?"([\x21\x23-\x7e]*)"$`)

func (h *IfMatch) versions() (out []int64, err error) {
	list := strings.TrimSpace(h.IfMatch)
	if list == "" || list == "*" {
		return []int64{anyVersion}, nil
	}
	for tag := range strings.SplitSeq(list, ",") {
		parts := entityTag.FindStringSubmatch(strings.TrimSpace(tag))
		if parts == nil {
			return nil, ErrIfMatch
		}
		version, _, _ := strings.Cut(parts[1], versionEnd)
		n, err := strconv.ParseInt(version, 10, 64)
		if err != nil || n < 1 || strconv.FormatInt(n, 10) != version {
			n = noVersion
		}
		out = append(out, n)
	}
	return out, nil
}

func (h *IfMatch) name(version int64) { h.IfMatch = ETag(version) }

// forEachTag calls the handler for each entity tag of the request until the result is not a stale version. A call
// with a stale version must not change anything.
func forEachTag[I, O any](
	handler func(ctx context.Context, in *I) (*O, error),
) func(ctx context.Context, in *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		conditional, ok := any(in).(interface {
			versions() ([]int64, error)
			name(version int64)
		})
		if !ok {
			return handler(ctx, in)
		}
		versions, err := conditional.versions()
		if err != nil || len(versions) == 1 {
			return handler(ctx, in)
		}
		for _, version := range versions[:len(versions)-1] {
			conditional.name(version)
			if out, err := handler(ctx, in); !fault.Is(err, fault.Stale) {
				return out, err
			}
		}
		conditional.name(versions[len(versions)-1])
		return handler(ctx, in)
	}
}

// ETag returns the entity tag of a row version. The edge adds a hash of the body to it in the responses of reads.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
