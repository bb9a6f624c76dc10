package simulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func write(t *testing.T, procs int) (dir string, sum Summary) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	dir = filepath.Join(t.TempDir(), "season")
	sum, err := Write(t.Context(), dir, Config{Season: 2026, Seed: 3, Days: 2})
	if err != nil {
		t.Fatal(err)
	}
	return dir, sum
}

func TestWriteTheSameBytes(t *testing.T) {
	one, sum := write(t, 1)
	two, again := write(t, 2)
	if sum != again || sum.Days != 2 || sum.Games < 15 || sum.Ticks < 50_000 || sum.Bytes == 0 {
		t.Errorf("%+v, then %+v", sum, again)
	}
	first, second := contents(t, filepath.Join(one, manifestFile)), contents(t, filepath.Join(two, manifestFile))
	if string(first) != string(second) {
		t.Error("the manifests differ")
	}
	var m manifest
	if err := json.Unmarshal(first, &m); err != nil || len(m.List) != sum.Files {
		t.Fatalf("%d files listed, %d counted, %v", len(m.List), sum.Files, err)
	}
	for _, f := range m.List {
		hash := sha256.Sum256(contents(t, filepath.Join(two, f.Path)))
		if hex.EncodeToString(hash[:]) != f.SHA256 {
			t.Errorf("%s is not what the manifest says", f.Path)
		}
	}
}

func TestWriteRefusesAFullFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), dir, Config{Season: 2026, Days: 1}); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

func TestWriteLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, partial, "truth"), 0o750); err != nil { // of a run that was killed
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Write(ctx, dir, Config{Season: 2026, Days: 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := Write(t.Context(), dir, Config{Season: 1900}); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}

func BenchmarkDay(b *testing.B) {
	s, err := New(Config{Season: 2026, Seed: 7})
	if err != nil {
		b.Fatal(err)
	}
	ticks := 0
	for b.Loop() {
		d, err := s.Day(s.days[60])
		if err != nil {
			b.Fatal(err)
		}
		for range d.Ticks() {
			ticks++
		}
	}
	b.ReportMetric(float64(ticks)/b.Elapsed().Seconds(), "ticks/s")
}
