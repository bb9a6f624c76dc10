package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// asProgram in the environment makes this test binary the program itself.
const asProgram = "MLB_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(storetest.Main(m))
}

// The scripts run the program as a user does, each on a database of its own.
func TestScripts(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "mlb-betting")); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv(asProgram, "1")
			env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("MLB_DATA_DIR", filepath.Join(env.WorkDir, "data"))
			env.Setenv("DATABASE_URL", storetest.EmptyURL(env.T().(testing.TB)))
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		UpdateScripts: os.Getenv("UPDATE") != "",
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits checks a command's exit code: exits 2 mlb-betting games --nonsense.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%v exits %s, want %s", args[1:], got, args[0])
	}
}

// program is the program in a process of its own, on a new private cluster.
func program(ctx context.Context, t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "MLB_DATA_DIR="+dir, "DATABASE_URL=", "HOME="+dir)
	return cmd
}

func folder(t *testing.T) string {
	t.Helper()
	dir, err := storetest.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// up runs `up` until it says it is ready, interrupts it and returns its lines.
func up(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := program(ctx, t, dir, append([]string{"up"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for s := bufio.NewScanner(out); s.Scan(); {
		lines = append(lines, s.Text())
		if strings.HasPrefix(s.Text(), "Ready.") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("up: %v\n%s", err, complaints.String())
	}
	return lines
}

func TestUpDemo(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	lines := up(t, dir, "--demo")
	found := 0
	for _, text := range lines {
		if !strings.HasSuffix(text, "SYNTHETIC") {
			t.Errorf("not marked: %q", text)
		}
		if strings.Contains(text, "  take") {
			found++
		}
	}
	if found == 0 {
		t.Errorf("no opportunity in\n%s", strings.Join(lines, "\n"))
	}
	// The real database of the same cluster knows nothing of it.
	for _, text := range up(t, dir) {
		if strings.Contains(text, "SYNTHETIC") {
			t.Errorf("up without --demo: %q", text)
		}
	}
	out, err := program(t.Context(), t, dir, "database", "status", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var s statusJSON
	if err := json.Unmarshal(out, &s); err != nil || s.Documents != 0 || s.Games != 0 || s.Ticks != 0 || s.Synthetic {
		t.Errorf("real database: %s, %v", out, err)
	}
}

// Every synthetic row says so to machines too, and no comparison looks ahead.
func TestDemoJSON(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	up(t, dir, "--demo")
	out, err := program(t.Context(), t, dir, "opportunities", "--demo", "--all", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var rows []opportunityJSON
	if err := json.Unmarshal(out, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if !r.Synthetic || r.PriceObservedAt.After(r.DetectedAt) || (r.Refused == nil) != (r.StakeFraction > 0) {
			t.Errorf("%+v", r)
		}
	}
}

// A watch prints what there is and ends in order when interrupted.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	up(t, dir, "--demo")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := program(ctx, t, dir, "opportunities", "--demo", "--watch", "--json", "--every", "50ms")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for s := bufio.NewScanner(out); s.Scan(); {
		var r opportunityJSON
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Errorf("%s: %v", s.Text(), err)
		}
		if seen[r.ID] {
			t.Errorf("%s printed twice", r.ID)
		}
		if seen[r.ID] = true; len(seen) == 1 {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || len(seen) == 0 {
		t.Errorf("watch: %v after %d opportunities", err, len(seen))
	}
}

// run is the program's output; the test fails where the program does.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := program(t.Context(), t, dir, args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, complaints.String())
	}
	return string(out)
}

// A simulated day goes the whole way through the formats of the real sources:
// schedule, prices, splits, results, opportunities, signals and grades.
func TestSimulatedSeason(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	season := filepath.Join(dir, "season")
	if out := run(t, dir, "simulate", "--season", "2025", "--seed", "3", "--days", "1", "--out", season); !strings.Contains(out, "SYNTHETIC") {
		t.Errorf("not marked: %s", out)
	}
	files := func(pattern string) []string {
		all, err := filepath.Glob(filepath.Join(season, pattern))
		if err != nil || len(all) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		return all
	}
	prices := files("actionnetwork/*.jsonl.gz")
	mixing := program(t.Context(), t, dir, "import", "odds", "--format", "actionnetwork", prices[0])
	if out, err := mixing.CombinedOutput(); err == nil || !strings.Contains(string(out), "--demo") {
		t.Errorf("simulated prices entered the real database: %v\n%s", err, out)
	}
	for _, args := range [][]string{
		append([]string{"results", "--format", "statsapi"}, files("statsapi/*/schedule.json")...),
		append([]string{"odds", "--format", "actionnetwork"}, prices...),
		append([]string{"splits", "--format", "actionnetwork"}, prices...),
		append([]string{"odds", "--format", "oddsapi"}, files("oddsapi/*/*.json.gz")...),
		append([]string{"results", "--format", "statsapi"}, files("statsapi/*/livefeed-*.json.gz")...),
	} {
		for text := range strings.Lines(run(t, dir, append([]string{"--demo", "--json", "import"}, args...)...)) {
			var r ingest.Report
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			// Prices in play are no pregame prices, suspended ones and those of
			// postponed games no prices.
			if !r.Synthetic || r.Quarantined != r.Reasons["in_play"]+r.Reasons["suspended"]+r.Reasons["postponed"] || r.Read != r.Stored+r.Duplicate+r.Quarantined {
				t.Errorf("%v: %s", args[:3], text)
			}
		}
	}
	var graded gradesJSON
	if err := json.Unmarshal([]byte(run(t, dir, "--demo", "--json", "grade")), &graded); err != nil || len(graded.Bets) == 0 {
		t.Fatalf("%d bets graded, %v", len(graded.Bets), err)
	}
	for _, b := range graded.Bets {
		if b.Outcome != "void" && b.StartBasis != "actual" || b.Outcome == "manual" || b.Outcome == "pending" {
			t.Errorf("%s: %s cut off by the %s start", b.Event, b.Outcome, b.StartBasis)
		}
	}
	var signals []signalJSON
	if err := json.Unmarshal([]byte(run(t, dir, "--demo", "--json", "signals")), &signals); err != nil || len(signals) == 0 {
		t.Errorf("%d signals, %v", len(signals), err)
	}
}
