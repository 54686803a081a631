// Replays every vector and prints each difference that is not allowed. Knows no library.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// run replays everything with parse; skip gives the reason to leave a vector out, or none.
func run(title string, parse func(vector, [][]byte) outcome, skip func(vector) string) {
	folder := flag.String("vectors", "../../parse", "folder of the parse vectors")
	allow := flag.String("allow", os.DevNull, "file with lines of: id pattern, kind, reason")
	flag.Parse()
	var requirements []struct{ ID, Verdict string }
	must(0, json.Unmarshal(must(os.ReadFile(filepath.Join(*folder, "..", "requirements.json"))), &requirements))
	verdict := map[string]string{}
	for _, r := range requirements {
		verdict[r.ID] = r.ID + " (" + r.Verdict + ")"
	}
	allowed := map[[2]string]bool{} // and whether it was seen
	for _, line := range strings.Split(string(must(os.ReadFile(*allow))), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" {
			allowed[[2]string{fields[0], fields[1]}] = false
		}
	}
	count, skipped, vectors := map[string]int{}, map[string]int{}, load(*folder)
	for _, v := range vectors {
		if reason := skip(v); reason != "" {
			skipped[reason]++
			count["skipped"]++
			continue
		}
		found, result := map[string]bool{}, "agree"
		for _, how := range []string{"whole", "each byte", "random 1", "random 2", "random 3"} {
			count["replays"]++
			kind, words := judge(v, parse(v, cut(append([]byte(v.Head), v.Bytes...), how, v.ID)))
			if kind == "" || found[kind] {
				continue
			}
			found[kind] = true
			known := false
			for line := range allowed {
				if line[1] == kind && must(path.Match(line[0], v.ID)) {
					known, allowed[line] = true, true
				}
			}
			if known && result == "agree" {
				result = "known"
			} else if !known {
				result = "differ"
				clauses := []string{}
				for _, id := range v.Requirements {
					clauses = append(clauses, verdict[id])
				}
				fmt.Printf("%s %s\n    %.300s; %s\n    %s\n", v.ID, kind, words, how, strings.Join(clauses, ", "))
			}
		}
		count[result]++
	}
	for line, seen := range allowed {
		if !seen {
			fmt.Println("allowed but not seen:", line[0], line[1])
		}
	}
	for reason, n := range skipped {
		fmt.Printf("skipped %d: %s\n", n, reason)
	}
	fmt.Printf("%s: %d vectors, %d replays, %d agree, %d differ as allowed, %d differ, %d skipped\n",
		title, len(vectors), count["replays"], count["agree"], count["known"], count["differ"], count["skipped"])
	if count["differ"] > 0 {
		os.Exit(1)
	}
}
