// Small helpers.
package main

import "encoding/json"

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func optional(source raw, into any) {
	if source != nil {
		must(0, json.Unmarshal(source, into))
	}
}

func without(w written, left ...string) written {
	copied := written{}
	for key, value := range w {
		copied[key] = value
	}
	for _, key := range left {
		delete(copied, key)
	}
	return copied
}
