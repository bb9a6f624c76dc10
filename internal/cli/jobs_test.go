package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/jobs"
)

// A worker does what was left to it, and ends in order when interrupted.
func TestWorker(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	run(t, dir, "database", "migrate")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	worker := program(ctx, t, dir, "worker")
	out, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	worker.Stderr = &complaints
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "No source is turned on: jobs alone are done") {
		t.Errorf("%q", lines.Text())
	}
	run(t, dir, "collect", "reparse", "--since", "2026-07-01", "--enqueue")
	kinds := map[string]bool{}
	for len(kinds) < 4 && ctx.Err() == nil {
		clear(kinds)
		var done []jobs.Job
		if err := json.Unmarshal([]byte(run(t, dir, "jobs", "list", "--state", "done", "--json")), &done); err != nil {
			t.Fatal(err)
		}
		for _, j := range done {
			kinds[j.Kind] = true
		}
	}
	for _, kind := range []string{"reparse", "detect", "settle_due", "upkeep"} {
		if !kinds[kind] {
			t.Errorf("%s was not done", kind)
		}
	}
	if err := worker.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if err := worker.Wait(); err != nil || last != "Stopped." {
		t.Errorf("%v, last line %q\n%s", err, last, complaints.String())
	}
	if complaints.Len() > 0 {
		t.Errorf("complaints: %s", complaints.String())
	}
}
