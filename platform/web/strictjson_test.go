package web_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

func TestReadJSON_InvalidDocument_ReturnsReason(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		`{"a":1}`:             "",
		` [1, "x", true] `:    "",
		`{"a":[{"b":null}]}`:  "the value at /a/0/b is null",
		`null`:                "the value at the top is null",
		`{"a":1,"a":2}`:       "duplicate",
		`{"a":{"b":1,"b":2}}`: "duplicate",
		`{"a":1} {}`:          "after top-level value",
		`{"a":1`:              "unexpected",
		``:                    "",
		`{"a":"\ud800"}`:      "surrogate",
		"{\"a\":\"\xff\"}":    "UTF-8",
		`{"a":"x\u0000y"}`:    "NUL",
		`{"\u0000":1}`:        "NUL",
		`{'a':1}`:             "invalid character",
		`{"a":NaN}`:           "invalid character",
		strings.Repeat("[", 33) + strings.Repeat("]", 33): "deeper than 32",
		strings.Repeat("[", 32) + strings.Repeat("]", 32): "",
	} {
		var v any
		err := web.ReadJSON([]byte(body), &v)
		if says == "" && body != "" {
			require.NoError(t, err, body)
			continue
		}
		require.Error(t, err, body)
		require.Contains(t, err.Error(), says)
	}
}

func TestReadJSON_WrongCaseName_IsIgnored(t *testing.T) {
	t.Parallel()
	var v struct {
		Name string `json:"name"`
	}
	require.NoError(t, web.ReadJSON([]byte(`{"Name":"x"}`), &v))
	require.Empty(t, v.Name)
}

func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.5e3,"\u00e9",null,true]}`, `{"a":"\u0000"}`, "\xff",
		`[[[[]]]]`, `{"a":1,"a":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got any
		if web.ReadJSON(body, &got) != nil {
			return
		}
		require.True(t, utf8.Valid(body))
		require.NotContains(t, string(body), "\x00")
		var want any
		decoder := json.NewDecoder(bytes.NewReader(body))
		require.NoError(t, decoder.Decode(&want))
		require.Equal(t, want, got)
		require.NotContains(t, flat(got), "\x00")
	})
}

// flat concatenates all texts of a value.
func flat(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var out strings.Builder
		for _, item := range v {
			out.WriteString(flat(item))
		}
		return out.String()
	case map[string]any:
		var out strings.Builder
		for key, item := range v {
			out.WriteString(key + flat(item))
		}
		return out.String()
	}
	return ""
}

func BenchmarkReadJSON(b *testing.B) {
	body := []byte(`{"item_ids":["0192d0f3-0000-7000-8000-000000000000"],` +
		`"expected_total":{"amount":1999,"currency":"USD"},"payment_method":"pm_ok"}`)
	for b.Loop() {
		var v any
		if err := web.ReadJSON(body, &v); err != nil {
			b.Fatal(err)
		}
	}
}
