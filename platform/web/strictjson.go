package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const maxDepth = 32

// strictJSON parses request bodies with ReadJSON and marshals as the standard library does.
func strictJSON() huma.Format {
	return huma.Format{Marshal: marshal, Unmarshal: ReadJSON}
}

// marshal writes a body as JSON, and nothing for a nil pointer: see Op.Empty.
func marshal(w io.Writer, body any) error {
	if v := reflect.ValueOf(body); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return huma.DefaultJSONFormat.Marshal(w, body)
}

// ReadJSON parses exactly one JSON document. Member names are case-sensitive. It returns an error for duplicate
// members, invalid UTF-8, lone surrogates, NUL characters, null, more than 32 levels of nesting, and trailing data.
// Its errors are sentences for people.
func ReadJSON(data []byte, v any) error {
	if _, generic := v.(*any); generic {
		if err := scan(data); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(data, v); err != nil {
		return explainJSON(err)
	}
	return nil
}

// scan rejects the documents that the decoder accepts. Huma decodes each body twice, first into an any, so ReadJSON
// scans only then.
func scan(data []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return explainJSON(err)
		}
		if decoder.StackDepth() > maxDepth {
			return fmt.Errorf("the JSON is nested deeper than %d levels", maxDepth)
		}
		if token.Kind() == 'n' { // no member of a request is nullable; optional ones are left out
			return fmt.Errorf("the value at %s is null; leave it out, or give it a value",
				pointer(decoder.StackPointer()))
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return fmt.Errorf("the text at %s has a NUL character, which cannot be stored",
				pointer(decoder.StackPointer()))
		}
	}
}

func pointer(p jsontext.Pointer) string {
	if p == "" {
		return "the top"
	}
	return string(p)
}

func explainJSON(err error) error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return fmt.Errorf("the body is not valid JSON: %s at byte %d",
			strings.TrimPrefix(syntax.Err.Error(), "jsontext: "), syntax.ByteOffset)
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return fmt.Errorf("the value at %s cannot be used", pointer(semantic.JSONPointer))
	}
	return fmt.Errorf("the body is not valid JSON: %w", err)
}
