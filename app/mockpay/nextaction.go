package mockpay

import (
	"encoding/json"
	"html/template"
	"net/http"

	"coinslot/platform/money"
)

// nextAction receives the form of the buyer's page. It also accepts JSON, for programs.
func (s *Server) nextAction(w http.ResponseWriter, r *http.Request) {
	media := mediaType(r)
	if media != jsonType && media != formType {
		respondError(w, http.StatusUnsupportedMediaType, "unsupported_media_type",
			"send the result as "+jsonType+" or "+formType)
		return
	}
	result, ok := resultOf(w, r)
	if !ok {
		respondError(w, http.StatusBadRequest, "bad_result", `send {"result": "success"} or {"result": "failure"}`)
		return
	}
	intent, err := s.store.change(r.PathValue("id"), confirm(result))
	s.sender.notify()
	if err == nil && media == formType {
		s.show(w, intent)
		return
	}
	respond(w, http.StatusOK, intent, err)
}

type resultRequest struct {
	Result string `json:"result" required:"true" enum:"success,failure"`
}

func resultOf(w http.ResponseWriter, r *http.Request) (success, ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var in resultRequest
	if mediaType(r) == formType {
		in.Result = r.PostFormValue("result")
	} else if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return false, false
	}
	return in.Result == "success", in.Result == "success" || in.Result == "failure"
}

// confirmIntent is nextAction for merchants. Without a body the result is success.
func (s *Server) confirmIntent(w http.ResponseWriter, r *http.Request) {
	success := true
	if r.ContentLength != 0 {
		var ok bool
		if success, ok = resultOf(w, r); !ok {
			respondError(w, http.StatusBadRequest, "bad_result",
				`send {"result": "success"} or {"result": "failure"}, or no body`)
			return
		}
	}
	intent, err := s.store.change(r.PathValue("id"), confirm(success))
	s.sender.notify()
	respond(w, http.StatusOK, intent, err)
}

func (s *Server) actionPage(w http.ResponseWriter, r *http.Request) {
	intent, err := s.store.find(r.PathValue("id"))
	if err != nil {
		respond(w, 0, nil, err)
		return
	}
	s.show(w, intent)
}

// Price returns the formatted amount, such as COP 19,900.00.
func (i Intent) Price() string {
	return i.Currency + " " + money.Of(i.Amount, money.Currency(i.Currency)).Format(",", ".")
}

// pageHeaders deny frames, external resources and forms of other origins.
var pageHeaders = map[string]string{
	"Content-Type": "text/html; charset=utf-8",
	"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; " +
		"frame-ancestors 'none'",
	"X-Frame-Options":        "DENY", // for browsers that do not support frame-ancestors
	"X-Content-Type-Options": "nosniff",
	"Referrer-Policy":        "no-referrer",
	"Cache-Control":          "no-store",
}

func (s *Server) show(w http.ResponseWriter, intent Intent) {
	for name, value := range pageHeaders {
		w.Header().Set(name, value)
	}
	page.Execute(w, intent) //nolint:errcheck // the browser has closed the connection
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>mockpay</title>
<style>
body{font:1.1rem/1.5 system-ui;max-width:28rem;margin:15vh auto;padding:0 1rem}
button{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem}
</style>
<h1>mockpay</h1>
{{if eq .Status "requires_action"}}<p>Your bank asks: pay {{.Price}} for {{.Reference}}?</p>
<form method="post">
<button name="result" value="success">Yes, pay</button><button name="result" value="failure">No</button>
</form>
{{else}}<p>This payment of {{.Price}} is {{.Status}}.{{if not .ReturnURL}} You may close this page.{{end}}</p>{{end}}
{{with .ReturnURL}}<p><a href="{{.}}">Back to {{.}}</a></p>{{end}}
</html>
`))
