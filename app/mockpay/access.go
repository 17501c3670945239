package mockpay

import (
	"crypto/sha256"
	"crypto/subtle"
	"mime"
	"net/http"
	"strings"
)

// routes are the operations. A browser's request from another site is refused, unless it only reads.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, op := range s.operations() {
		handler := op.handler
		if op.json {
			handler = jsonOnly(handler)
		}
		if !op.public {
			handler = s.merchantsOnly(handler)
		}
		mux.HandleFunc(op.method+" "+op.path, handler)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "there is nothing at this address")
	})
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "foreign_origin", "a page of another origin may not do this")
	}))
	return sameOrigin.Handler(mux)
}

// merchantsOnly lets a request through that carries the API key.
func (s *Server) merchantsOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		hash := sha256.Sum256([]byte(key))
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(hash[:], s.key[:]) == 0 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="mockpay"`)
			refuse(w, http.StatusUnauthorized, "unauthorized", "send mockpay's API key: Authorization: Bearer <key>")
			return
		}
		next(w, r)
	}
}

// jsonOnly refuses a body that is not declared as JSON.
func jsonOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 && mediaType(r) != jsonType {
			refuse(w, http.StatusUnsupportedMediaType, "unsupported_media_type",
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
