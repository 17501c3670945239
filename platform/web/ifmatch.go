package web

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"coinslot/platform/fault"
)

// ErrIfMatch is returned for an If-Match header that is no list of entity tags.
var ErrIfMatch = fault.New(fault.Malformed, "bad-if-match",
	`send If-Match as the ETag was given out, such as "7", or leave it out`)

// IfMatch is the input of writes that may name the version they were made for.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"256" doc:"The ETag that the change was made for, several ETags, or *; stale: 412"`
}

const (
	anyVersion = 0
	noVersion  = -1  // a tag that no version of ours has
	versionEnd = "." // in a tag, between the version of the row and the hash of what a read showed
)

// Version returns the version named, or 0 when any will do. Of several tags a handler is given one at a time.
func (h *IfMatch) Version() (int64, error) {
	versions, err := h.versions()
	if err != nil {
		return 0, err
	}
	return versions[0], nil
}

// entityTag is RFC 9110's, whose weak form proxies make of ours when they compress.
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

// forEachTag runs a handler once for each entity tag that the request lists, until one is not stale. A stale one
// changes nothing.
func forEachTag[I, O any](handler func(ctx context.Context, in *I) (*O,
	error),
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

// ETag writes a version as an entity tag. A read adds the hash of its body.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
