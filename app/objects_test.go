package main

// object is a JSON object.
type object = map[string]any

// list returns the objects in a member of an object; an absent list is an empty one.
func list(o object, key string) []object {
	raw, _ := o[key].([]any)
	out := make([]object, 0, len(raw))
	for _, item := range raw {
		if one, ok := item.(object); ok {
			out = append(out, one)
		}
	}
	return out
}
