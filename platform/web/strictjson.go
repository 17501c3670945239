package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const maxDepth = 32

// strictJSON reads one JSON document and nothing else: no duplicate or wrong-case keys, no invalid UTF-8 or lone
// surrogates, no NUL, no null, no depth over 32, no trailing data. It writes JSON as the standard library does.
func strictJSON() huma.Format {
	return huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: ReadJSON}
}

// ReadJSON is the strict reader behind every request body. Its errors are sentences for people.
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

// scan walks the tokens once, for what the decoder itself lets pass. Huma decodes each body twice, first into any;
// one walk is enough.
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
		if token.Kind() == 'n' { // a member that a request leaves out has a default, and null is none of its values
			return fmt.Errorf("the value at %s is null; leave it out, or give it a value", pointer(decoder.StackPointer()))
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return fmt.Errorf("the text at %s holds a NUL character, which cannot be stored", pointer(decoder.StackPointer()))
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
