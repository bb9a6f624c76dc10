// Command gotest runs every test of the module, prints the statement coverage
// of each package and fails below the gates. It ends with the numbers of tests
// passed, failed and skipped, and of those that the real captures' absence
// skipped.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
)

const (
	module      = "github.com/mlb-betting/mlb-betting/"
	profile     = "cover.out"
	overallGate = 70.0
	pureGate    = 85.0
	// absentCaptures begins the reason of every skip for want of real captures.
	absentCaptures = "real captures absent"
)

// pure are the packages that do no I/O: nothing there is hard to test.
var pure = []string{
	"internal/odds", "internal/mlb", "internal/market", "internal/detect", "internal/grade", "internal/stats", "internal/runs",
	"internal/cadence", "internal/quota",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	defer os.Remove(profile)
	args = append([]string{"test", "-json", "-coverpkg=./internal/...", "-coverprofile=" + profile}, args...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./...")...) //nolint:gosec // our own arguments
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	tests := newTally()
	if err := tests.read(out); err != nil {
		return err
	}
	failed := cmd.Wait()
	covered := failed
	if failed == nil {
		covered = coverage()
	}
	tests.print()
	return covered
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// tally counts tests and keeps the output of those still running.
type tally struct {
	passed, failed, skipped, withoutCaptures int
	output                                   map[string]*bytes.Buffer
}

func newTally() *tally { return &tally{output: map[string]*bytes.Buffer{}} }

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text()) // a build failure is not JSON
			continue
		}
		t.take(e)
	}
	return lines.Err()
}

func (t *tally) take(e event) {
	key := e.Package + " " + e.Test
	if t.output[key] == nil {
		t.output[key] = &bytes.Buffer{}
	}
	text := t.output[key]
	switch e.Action {
	case "output", "build-output":
		text.WriteString(e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	if e.Action == "fail" {
		fmt.Print(text.String())
	}
	switch {
	case e.Test == "":
		fmt.Printf("%-5s %6.1fs %s\n", e.Action, e.Elapsed, strings.TrimPrefix(e.Package, module))
	case e.Action == "pass":
		t.passed++
	case e.Action == "fail":
		t.failed++
	default:
		t.skipped++
		if strings.Contains(text.String(), absentCaptures) {
			t.withoutCaptures++
		} else {
			fmt.Print(text.String())
		}
	}
	delete(t.output, key)
}

func (t *tally) print() {
	fmt.Printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
	fmt.Printf("%d real-capture tests skipped\n", t.withoutCaptures)
}

// statements counts covered statements.
type statements struct{ covered, all int }

func (s statements) percent() float64 {
	if s.all == 0 {
		return 100
	}
	return 100 * float64(s.covered) / float64(s.all)
}

// coverage prints the table and judges it.
func coverage() error {
	f, err := os.Open(profile)
	if err != nil {
		return err
	}
	defer f.Close()
	packages, err := readProfile(f)
	if err != nil {
		return err
	}
	var total statements
	var low []string
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		s := packages[name]
		total.covered, total.all = total.covered+s.covered, total.all+s.all
		fmt.Printf("%6.1f %% %s\n", s.percent(), name)
		if slices.Contains(pure, name) && s.percent() < pureGate {
			low = append(low, fmt.Sprintf("%s %.1f %% < %.0f %%", name, s.percent(), pureGate))
		}
	}
	fmt.Printf("%6.1f %% of %d statements overall\n", total.percent(), total.all)
	if total.percent() < overallGate {
		low = append(low, fmt.Sprintf("overall %.1f %% < %.0f %%", total.percent(), overallGate))
	}
	if len(low) > 0 {
		return fmt.Errorf("too little is covered: %s", strings.Join(low, ", "))
	}
	return nil
}

// readProfile adds up a cover profile, in which every test binary lists every
// block: "file.go:1.2,3.4 statements count".
func readProfile(r io.Reader) (map[string]statements, error) {
	type block struct{ n, count int }
	blocks := map[string]block{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 3 {
			continue
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			return nil, err
		}
		count, err := strconv.Atoi(f[2])
		if err != nil {
			return nil, err
		}
		blocks[f[0]] = block{n, blocks[f[0]].count + count}
	}
	packages := map[string]statements{}
	for at, b := range blocks {
		name := strings.TrimPrefix(at[:strings.LastIndex(at, "/")], module)
		s := packages[name]
		s.all += b.n
		if b.count > 0 {
			s.covered += b.n
		}
		packages[name] = s
	}
	return packages, nil
}
