package mockpay

import (
	"crypto/sha256"
	"crypto/subtle"
	"mime"
	"net/http"
	"strings"
)

// routes returns the handler of all operations. It rejects cross-origin requests of browsers, except for reads.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, op := range s.operations() {
		handler := op.handler
		if op.json {
			handler = jsonOnly(handler)
		}
		if !op.public {
			handler = s.requireAPIKey(handler)
		}
		mux.HandleFunc(op.method+" "+op.path, handler)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		respondError(w, http.StatusNotFound, "not_found", "no operation has this path")
	})
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		respondError(w, http.StatusForbidden, "foreign_origin", "cross-origin requests are not allowed")
	}))
	return sameOrigin.Handler(mux)
}

// requireAPIKey rejects requests without the API key.
func (s *Server) requireAPIKey(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		hash := sha256.Sum256([]byte(key))
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(hash[:], s.key[:]) == 0 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="mockpay"`)
			respondError(w, http.StatusUnauthorized, "unauthorized", "send mockpay's API key: Authorization: Bearer <key>")
			return
		}
		next(w, r)
	}
}

// jsonOnly rejects bodies of other media types.
func jsonOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 && mediaType(r) != jsonType {
			respondError(w, http.StatusUnsupportedMediaType, "unsupported_media_type",
				"send the body with Content-Type: application/json")
			return
		}
		next(w, r)
	}
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func mediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}
