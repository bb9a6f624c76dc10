package drill

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/storetest"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// The steady state: a slate looked at every 15 seconds, measured from when the
// day's first looks are over.
const (
	settling  = 20 * time.Second
	measured  = 90 * time.Second
	mostShare = 25.0 // percent of one core
)

const everyFifteen = `sources:
  actionnetwork:
    cadence:
      scoreboard:
        min: 15s
        phases: [{lead: 12h, every: 15s}]
`

// BenchmarkSteady measures the share of one core that a process takes which
// looks at fifteen games and twelve books every 15 seconds, and what PostgreSQL
// takes for it.
func BenchmarkSteady(b *testing.B) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		b.Skip("this system does not tell what processes take in /proc")
	}
	for b.Loop() {
		url, dir := storetest.Durable(b)
		if err := storetest.Connect(b, url).SetZone(b.Context(), true); err != nil {
			b.Fatal(err)
		}
		worker := steadyWorker(b, url)
		postmaster := numberIn(b, filepath.Join(dir, "postgres", "postmaster.pid"))
		<-time.After(settling)
		w, p := cpu(b, worker, false), cpu(b, postmaster, true)
		began := time.Now()
		<-time.After(measured)
		took := time.Since(began)
		share := func(d time.Duration) float64 { return 100 * d.Seconds() / took.Seconds() }
		ours, theirs := share(cpu(b, worker, false)-w), share(cpu(b, postmaster, true)-p)
		var looked int
		query(b, storetest.Connect(b, url), `
			SELECT count(*) FROM collect.run r JOIN collect.target t ON t.id = r.target_id
			WHERE t.feed = 'scoreboard' AND t.official_date = '2026-04-01'`, nil, []any{&looked}, func() {})
		if least := int((settling + measured) / (18 * time.Second)); looked < least {
			b.Errorf("%d looks at the slate, want at least %d", looked, least)
		}
		b.ReportMetric(float64(looked), "looks")
		b.ReportMetric(ours, "worker_%")
		b.ReportMetric(theirs, "postgres_%")
		b.ReportMetric(ours+theirs, "together_%")
		if ours+theirs > mostShare {
			b.Errorf("%.1f %% of one core, want at most %v", ours+theirs, mostShare)
		}
	}
}

// steadyWorker starts a process that collects from a world at the speed of
// life, and returns its number.
func steadyWorker(b *testing.B, url string) int {
	b.Helper()
	start := full.start.Add(2 * time.Hour) // all games are to come
	w, err := world.New(b.Context(), world.Options{Season: season, Start: start, Speed: 1, Real: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := w.Close(); err != nil {
			b.Error(err)
		}
	})
	data := b.TempDir()
	if err := os.WriteFile(filepath.Join(data, "config.yaml"), []byte(everyFifteen), 0o600); err != nil {
		b.Fatal(err)
	}
	c := &crew{program: build(b), control: w.Control(), database: url}
	return c.start(b, "MLB_DATA_DIR="+data).Process.Pid
}

// numberIn is the number in a file's first line.
func numberIn(b *testing.B, file string) int {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// tickOfClock is what /proc counts in, on every Linux there is.
const tickOfClock = 10 * time.Millisecond

// cpu is the processor time that a process has taken, with its children where
// these are asked for: those that live and those that ended.
func cpu(b *testing.B, pid int, children bool) (all time.Duration) {
	b.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil { // it has ended meanwhile
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(after) // from the third field on
		own := file == fmt.Sprintf("/proc/%d/stat", pid)
		if len(f) < 15 || !own && (!children || f[1] != strconv.Itoa(pid)) {
			continue
		}
		counted := f[11:13]
		if own && children {
			counted = f[11:15]
		}
		for _, told := range counted {
			n, err := strconv.Atoi(told)
			if err != nil {
				b.Fatal(err)
			}
			all += time.Duration(n) * tickOfClock
		}
	}
	return all
}
