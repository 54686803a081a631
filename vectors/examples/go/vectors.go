// Reads the parse vectors: every case of every file, its matrix expanded. Knows no library.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

type vector struct {
	ID, Role, Key string
	Freedom       string
	Requirements  []string
	Head          text
	Bytes         frames
	Subprotocols  []string
	Deflate       any
	Offer         *string
	Events        []event
	Violation     *struct {
		Is string
		At int
		By *int
	}
}

type raw = json.RawMessage

// written is a case as it stands in the file, each field still JSON.
type written map[string]raw

// point is one combination of a matrix: the label and the value of each axis.
type point map[string]struct {
	label string
	value raw
}

func load(folder string) (vectors []vector) {
	for _, path := range must(filepath.Glob(filepath.Join(folder, "*.json"))) {
		var file struct {
			Family string
			Cases  []written
		}
		must(0, json.Unmarshal(must(os.ReadFile(path)), &file))
		for _, one := range file.Cases {
			for _, v := range one.expand() {
				v.ID = file.Family + "." + v.ID
				vectors = append(vectors, v)
			}
		}
	}
	return vectors
}

// A name in a string of its own stands for the value of the axis, a name inside a string for its text. The case is
// filled in as JSON text; lists inside lists, which that makes, are spliced when they are read.
var name = regexp.MustCompile(`"\{([a-z][a-z0-9-]*)(?:\.([a-z0-9_-]+))?\}"|\{([a-z][a-z0-9-]*)(?:\.([a-z0-9_-]+))?\}`)

func (w written) expand() (vectors []vector) {
	var except []map[string]raw
	optional(w["except"], &except)
	for _, p := range combinations(w["matrix"]) {
		if p.among(except) {
			continue
		}
		source := string(must(json.Marshal(without(w, "id", "matrix", "except"))))
		filled := name.ReplaceAllStringFunc(source, func(found string) string {
			m := name.FindStringSubmatch(found)
			value, known := p.lookUp(m[1]+m[3], m[2]+m[4])
			switch {
			case !known:
				return found
			case m[1] != "":
				return string(value)
			}
			quoted := must(json.Marshal(label(value)))
			return string(quoted[1 : len(quoted)-1])
		})
		v := vector{Key: "dGhlIHNhbXBsZSBub25jZQ=="}
		must(0, json.Unmarshal([]byte(filled), &v))
		must(0, json.Unmarshal(w["id"], &v.ID))
		for axis, at := range p {
			v.ID = strings.ReplaceAll(v.ID, "{"+axis+"}", at.label)
		}
		vectors = append(vectors, v)
	}
	return vectors
}
