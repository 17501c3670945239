package mockpay

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
)

// nextAction is the page on which a buyer confirms a payment. It also takes JSON, for programs.
func (s *Server) nextAction(w http.ResponseWriter, r *http.Request) {
	result, ok := resultOf(w, r)
	if !ok {
		refuse(w, http.StatusBadRequest, "bad_result", `send {"result": "success"} or {"result": "failure"}`)
		return
	}
	intent, err := s.store.change(r.PathValue("id"), confirm(result))
	s.courier.wake()
	if err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), formType) {
		s.show(w, intent)
		return
	}
	answer(w, http.StatusOK, intent, err)
}

const formType = "application/x-www-form-urlencoded"

func resultOf(w http.ResponseWriter, r *http.Request) (success, ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var result string
	if strings.HasPrefix(r.Header.Get("Content-Type"), formType) {
		result = r.PostFormValue("result")
	} else {
		var in struct {
			Result string `json:"result"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return false, false
		}
		result = in.Result
	}
	return result == "success", result == "success" || result == "failure"
}

// confirmIntent is the same word over the API; without a body it is a yes.
func (s *Server) confirmIntent(w http.ResponseWriter, r *http.Request) {
	success := true
	if r.ContentLength != 0 {
		var ok bool
		if success, ok = resultOf(w, r); !ok {
			refuse(w, http.StatusBadRequest, "bad_result", `send {"result": "success"} or {"result": "failure"}, or no body`)
			return
		}
	}
	intent, err := s.store.change(r.PathValue("id"), confirm(success))
	s.courier.wake()
	answer(w, http.StatusOK, intent, err)
}

func (s *Server) actionPage(w http.ResponseWriter, r *http.Request) {
	intent, err := s.store.find(r.PathValue("id"))
	if err != nil {
		answer(w, 0, nil, err)
		return
	}
	s.show(w, intent)
}

func (s *Server) show(w http.ResponseWriter, intent Intent) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	page.Execute(w, intent) //nolint:errcheck // the browser has gone
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>mockpay</title>
<style>body{font:1.1rem/1.5 system-ui;max-width:28rem;margin:15vh auto;padding:0 1rem}button{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem}</style>
<h1>mockpay</h1>
{{if eq .Status "requires_action"}}<p>Your bank asks: pay {{.Amount}} {{.Currency}} (in its smallest unit) for {{.Reference}}?</p>
<form method="post"><button name="result" value="success">Yes, pay</button><button name="result" value="failure">No</button></form>
{{else}}<p>This payment is {{.Status}}. You may close this page.</p>{{end}}
</html>
`))
