package ingest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// victim names, in the environment, the database and the file of an import
// that a test will kill.
const victim = "MLB_TEST_VICTIM"

func TestMain(m *testing.M) {
	if what := os.Getenv(victim); what != "" {
		os.Exit(beKilled(what))
	}
	os.Exit(storetest.Main(m))
}

// beKilled imports a file, says so after each transaction, and is killed.
func beKilled(what string) int {
	url, file, _ := strings.Cut(what, "|")
	ctx := context.Background()
	db, err := store.Open(ctx, url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	body, err := os.Open(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	f, err := boltodds.Format()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, err = Odds(ctx, db, f, filepath.Base(file), body, Options{Now: testNow, batch: 500, Progress: func(rows, _ int64) {
		fmt.Println(rows)
	}})
	fmt.Fprintln(os.Stderr, "not killed:", err)
	return 1
}

var testNow = time.Date(2026, 7, 20, 0, 0, 0, 0, time.UTC)

func format(t testing.TB) source.OddsFormat {
	t.Helper()
	f, err := boltodds.Format()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func importText(t testing.TB, db *store.DB, text string, opt Options) (Report, error) {
	t.Helper()
	if opt.Now.IsZero() {
		opt.Now = testNow
	}
	return Odds(t.Context(), db, format(t), "changes.csv", strings.NewReader(text), opt)
}

func mustImport(t testing.TB, db *store.DB, text string) Report {
	t.Helper()
	r, err := importText(t, db, text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Stored+r.Duplicate+r.Quarantined != r.Read {
		t.Fatalf("rows are lost: %+v", r)
	}
	return r
}

// helper is this test binary as another process.
func helper(t *testing.T, env string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), env)
	cmd.Stderr = io.Discard
	return cmd
}
