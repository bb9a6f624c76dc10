package collect

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/store"
)

var update = flag.Bool("update", false, "write docs/causes.md anew")

// The document lists the causes as the program knows them.
func TestCausesDocument(t *testing.T) {
	t.Parallel()
	text := "# What can be wrong with a feed\n\n" +
		"Every look that is not well has one of these causes in `collect status`, in the ledger (`collect.run`) and in the metrics\n" +
		"`mlb_collect_runs_total` and `mlb_collect_feed_failing`. Where several are found at once, the first of this list is the cause and the\n" +
		"others stand in the detail. `go test ./internal/collect -run TestCausesDocument -update` writes this file.\n\n" +
		"| cause | what it means | what to do |\n|---|---|---|\n"
	seen := map[string]bool{}
	for _, c := range Causes() {
		if seen[c.Name] || c.Name == "" || c.Sentence == "" || c.Next == "" {
			t.Errorf("%+v is there twice, or says too little", c)
		}
		seen[c.Name] = true
		text += fmt.Sprintf("| `%s` | %s | %s |\n", c.Name, c.Sentence, c.Next)
	}
	path := filepath.Join("..", "..", "docs", "causes.md")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%v, or %s is not the list of causes: write it anew with -update", err, path)
	}
	if sentence, next := Explain("nothing of ours"); sentence == "" || next == "" {
		t.Error("an unknown cause is not explained")
	}
	if sentence, _ := Explain(""); sentence != "" {
		t.Errorf("nothing wrong is explained as %q", sentence)
	}
}

// What tells causes must not know the faults.
func TestDiagnosisKnowsNoFaults(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasSuffix(strings.TrimSpace(line), "/internal/world") {
			t.Errorf("the collector depends on %s", line)
		}
	}
	if !strings.Contains(string(out), "/internal/collect") {
		t.Errorf("no list of packages: %q", out)
	}
}

func TestNote(t *testing.T) {
	t.Parallel()
	var run store.Run
	note(&run, Finding{CausePostponed, "A @ B"}, Finding{CauseClockSkew, "10m; also none"}, Finding{CauseSwapped, "C @ D"}, Finding{CauseSwapped, "again"})
	if run.Cause != CauseSwapped || run.Detail != "C @ D; also clock_skew: 10m, none; also postponed_game: A @ B" {
		t.Errorf("%s: %s", run.Cause, run.Detail)
	}
	found := Findings(run.Cause, run.Detail)
	if len(found) != 3 || found[1] != (Finding{CauseClockSkew, "10m, none"}) || found[2].Cause != CausePostponed {
		t.Errorf("%+v", found)
	}
	if !faulty(&run) {
		t.Error("swapped teams are no fault")
	}
	only := store.Run{Cause: CausePostponed}
	if faulty(&only) || Findings("", "") != nil {
		t.Error("a postponed game is a fault, or nothing is something")
	}
}
