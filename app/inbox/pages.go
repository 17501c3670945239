package inbox

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
)

//go:embed pages.html
var pagesHTML string

func (b *Inbox) handler() http.Handler {
	pages := template.Must(template.New("pages").Parse(pagesHTML))
	page := func(w http.ResponseWriter, name string, data any) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = pages.ExecuteTemplate(w, name, data) // the client may have gone
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { page(w, "list", b.Messages("")) })
	mux.HandleFunc("GET /confirm-email", func(w http.ResponseWriter, _ *http.Request) { page(w, "confirm", b.api) })
	mux.HandleFunc("GET /reset-password", func(w http.ResponseWriter, _ *http.Request) { page(w, "reset", b.api) })
	mux.HandleFunc("GET /messages", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"items": b.Messages(r.URL.Query().Get("to"))})
	})
	mux.HandleFunc("DELETE /messages", func(w http.ResponseWriter, _ *http.Request) {
		b.clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, ok := b.message(r.PathValue("id"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		page(w, "message", m)
	})
	mux.HandleFunc("GET /messages/{id}/attachments/{n}", b.attachment)
	return guarded(mux, b.api)
}

func (b *Inbox) attachment(w http.ResponseWriter, r *http.Request) {
	m, ok := b.message(r.PathValue("id"))
	n, err := strconv.Atoi(r.PathValue("n"))
	if !ok || err != nil || n < 0 || n >= len(m.Attachments) {
		http.NotFound(w, r)
		return
	}
	a := m.Attachments[n]
	w.Header().Set("Content-Type", a.Type)
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(a.Name))
	_, _ = w.Write(a.data) // the client may have gone
}

// guarded rejects requests for other hosts than this machine, such as those of a website whose name resolves to a
// loopback address, and restricts what the pages may load.
func guarded(next http.Handler, api string) http.Handler {
	policy := "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-src 'self'; " +
		"base-uri 'none'; form-action 'none'; connect-src " + api
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if ip, bad := netip.ParseAddr(host); err != nil || (host != "localhost" && (bad != nil || !ip.IsLoopback())) {
			http.Error(w, "the inbox serves this machine only", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
