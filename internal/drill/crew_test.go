package drill

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// build builds the program.
func build(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mlb-betting")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", file, "github.com/mlb-betting/mlb-betting/cmd/mlb-betting").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return file
}

// crew is the workers of a drill.
type crew struct {
	program, control, database string
	clock                      *world.Clock
	db                         *store.DB
	workers                    [2]*exec.Cmd
}

// kill is the end of a worker: when, and the leases that it held.
type kill struct {
	at    time.Time // virtual
	pid   int
	until map[int64]time.Time // by target
}

// start starts `collect --rehearse`.
func (c *crew) start(t testing.TB, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.program, "collect", "--rehearse", c.control)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+c.database, "MLB_DATA_DIR="+t.TempDir())
	cmd.Env = append(cmd.Env, env...)
	log := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("worker %d said:\n%s", cmd.Process.Pid, log)
		}
	})
	return cmd
}

// pass lets the drill's time pass, and kills a worker whenever it is time for
// that.
func (c *crew) pass(t *testing.T, course course) (kills []kill) {
	t.Helper()
	for i := range c.workers {
		c.workers[i] = c.start(t)
	}
	end := course.start.Add(course.length)
	step := time.Duration(float64(course.every) * course.speed)
	for at := c.clock.Now().Add(step); at.Before(end); at = at.Add(step) {
		c.await(t, at, course.speed)
		victim := len(kills) % len(c.workers)
		kills = append(kills, c.kill(t, victim, course.every/3))
		c.workers[victim] = c.start(t)
	}
	c.await(t, end, course.speed)
	return kills
}

// await returns when the world's clock has come to a moment.
func (c *crew) await(t *testing.T, at time.Time, speed float64) {
	t.Helper()
	select {
	case <-time.After(time.Duration(float64(at.Sub(c.clock.Now())) / speed)):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

// kill ends a worker with SIGKILL as soon as it is in the middle of a look, or
// after some time without one.
func (c *crew) kill(t *testing.T, victim int, patience time.Duration) kill {
	t.Helper()
	cmd := c.workers[victim]
	pid := cmd.Process.Pid
	poll, enough := time.NewTicker(2*time.Millisecond), time.After(patience)
	defer poll.Stop()
	for waiting := true; waiting && len(c.held(t, pid)) == 0; {
		select {
		case <-poll.C:
		case <-enough:
			waiting = false
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	k := kill{at: c.clock.Now(), pid: pid}
	cmd.Wait()
	k.until = c.held(t, pid)
	return k
}

// held are the leases of a worker.
func (c *crew) held(t *testing.T, pid int) map[int64]time.Time {
	t.Helper()
	all := map[int64]time.Time{}
	var id int64
	var until time.Time
	query(t, c.db, `SELECT id, lease_until FROM collect.target WHERE lease_by LIKE $1`, []any{fmt.Sprintf("%% %d", pid)}, []any{&id, &until}, func() {
		all[id] = until
	})
	return all
}

// finish ends the workers, and lets another take up what they began until
// nothing is left half done.
func (c *crew) finish(t *testing.T) {
	t.Helper()
	for _, cmd := range c.workers {
		c.stop(t, cmd)
	}
	for range 10 {
		left := c.unfinished(t)
		if len(left) == 0 {
			return
		}
		cmd := c.start(t)
		poll := time.NewTicker(10 * time.Millisecond)
		for tries := 0; tries < 6000 && c.unfinished(t)[first(left)]; tries++ {
			<-poll.C
		}
		poll.Stop()
		c.stop(t, cmd)
	}
	t.Fatalf("documents are left unfinished: %v", c.unfinished(t))
}

func first(m map[int64]bool) int64 {
	for k := range m {
		return k
	}
	return 0
}

// stop ends a worker as an operator does.
func (c *crew) stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if early := ok && status.Signaled() && status.Signal() == syscall.SIGTERM; err != nil && !early { // it was still starting
		t.Errorf("a worker that was told to stop: %v", err)
	}
}

// unfinished are the documents with prices that were received and not taken in.
// Of a feed of several answers a look, the next look's stand in for them.
func (c *crew) unfinished(t *testing.T) map[int64]bool {
	t.Helper()
	all := map[int64]bool{}
	var id int64
	query(t, c.db, `SELECT id FROM raw.doc WHERE status <> 'done' AND kind = 'odds'`, nil, []any{&id}, func() { all[id] = true })
	return all
}

// query reads rows, each into the same places.
func query(t testing.TB, db *store.DB, sql string, args, into []any, each func()) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), sql, args...)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, into, func() error { each(); return nil })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
