// Small helpers.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

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

// verdicts gives the id of each requirement and how strict wsspec is about it.
func verdicts(folder string) map[string]string {
	var requirements []struct{ ID, Verdict string }
	must(0, json.Unmarshal(must(os.ReadFile(filepath.Join(folder, "..", "requirements.json"))), &requirements))
	verdict := map[string]string{}
	for _, r := range requirements {
		verdict[r.ID] = r.ID + " (" + r.Verdict + ")"
	}
	return verdict
}

// allowances gives the pairs of pattern and kind in a file, none of them seen.
func allowances(file string) map[[2]string]bool {
	allowed := map[[2]string]bool{}
	for _, line := range strings.Split(string(must(os.ReadFile(file))), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" {
			allowed[[2]string{fields[0], fields[1]}] = false
		}
	}
	return allowed
}
