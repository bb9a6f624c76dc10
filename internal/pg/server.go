package pg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// superuser owns the private cluster.
const superuser = "mlb"

// maxSocketPath is the longest unix socket path every system takes.
const maxSocketPath = 103

// Config says where and how to run the cluster.
type Config struct {
	DataDir string            // the program's data folder; the cluster lives in DataDir/postgres
	Log     *slog.Logger      // nil: silent
	Tuning  map[string]string // settings beside the built-in ones
	Fast    bool              // no durability: for tests alone
}

// Server is a running private cluster.
type Server struct {
	Installation Installation
	socketDir    string
	process      *os.Process // nil when another process of ours owns the server
	exited       chan struct{}
	log          *slog.Logger
	fast         bool
}

// Start runs the cluster, making it first where there is none. A cluster that
// another process of ours runs already is joined; it ends with its owner.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	var err error
	if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil { // the server runs in another folder
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	c := cluster{Config: cfg, who: who, dir: filepath.Join(cfg.DataDir, "postgres")}
	if err := c.prepareFolders(); err != nil {
		return nil, err
	}
	unlock, err := lockFile(filepath.Join(cfg.DataDir, "postgres.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if c.in, err = c.installation(ctx); err != nil {
		return nil, err
	}
	if s := (&Server{Installation: c.in, socketDir: c.socketDir}); c.join(ctx, s) {
		return s, nil
	}
	if err := c.create(ctx); err != nil {
		return nil, err
	}
	return c.start(ctx)
}

// URL is how to reach a database of the cluster.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s sslmode=disable", quote(s.socketDir), superuser, quote(database))
}

func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Stop ends the server if this process started it: in order, or at once if
// that takes too long.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	if !s.fast {
		s.awaitOthers()
	}
	if err := s.process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(30 * time.Second):
		_ = s.process.Signal(syscall.SIGQUIT)
		<-s.exited
		return errors.New("PostgreSQL did not stop in 30 s and was ended at once; it will recover at the next start")
	}
}

// others counts sessions of other commands that did something just now.
const others = `
	SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mlb-betting' AND pid <> pg_backend_pid()
		AND (state <> 'idle' OR state_change > now() - interval '2 seconds')`

// awaitOthers waits while other commands that joined this server are at work.
// A server that does not answer is stopped at once. It runs after the caller's
// own context has ended, as a rule.
func (s *Server) awaitOthers() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return
	}
	defer conn.Close(ctx)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for waited := 0; ; waited++ {
		var n int
		if err := conn.QueryRow(ctx, others).Scan(&n); err != nil || n == 0 {
			return
		}
		if waited == 20 {
			s.log.WarnContext(ctx, "waiting for another command to end before PostgreSQL is stopped; ctrl-C stops it at once", "sessions", n)
		}
		select {
		case <-tick.C:
		case <-s.exited:
			return
		}
	}
}

// EnsureDatabase makes a database of the cluster where it is missing.
func (s *Server) EnsureDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("make database %s: %w", name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists); err != nil || exists {
		return err
	}
	err = createDatabase(ctx, conn, name, "template1")
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P04" || pg.Code == "23505") { // another process was faster
		return nil
	}
	return err
}

// CloneDatabase makes a database that is a copy of another nobody uses.
func (s *Server) CloneDatabase(ctx context.Context, name, from string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("make database %s: %w", name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return createDatabase(ctx, conn, name, from)
}

func createDatabase(ctx context.Context, conn *pgx.Conn, name, from string) error {
	_, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{from}.Sanitize())
	if err != nil {
		return fmt.Errorf("make database %s: %w", name, err)
	}
	return nil
}

// cluster is one on its way to run.
type cluster struct {
	Config
	who       owner
	dir       string
	socketDir string
	in        Installation
}

// prepareFolders makes the data folder and the socket folder, owned by the
// user the server runs as.
func (c *cluster) prepareFolders() error {
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil { //nolint:gosec // a folder the server's own user must enter
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := c.who.canEnter(c.DataDir); err != nil {
		return err
	}
	abs, err := filepath.Abs(c.DataDir)
	if err != nil {
		return err
	}
	c.socketDir = filepath.Join(abs, "run")
	if len(filepath.Join(c.socketDir, ".s.PGSQL.5432")) > maxSocketPath {
		c.socketDir = filepath.Join(os.TempDir(), fmt.Sprintf("mlb-betting-%x", sha256.Sum256([]byte(abs)))[:28])
	}
	if err := os.MkdirAll(c.socketDir, 0o700); err != nil {
		return fmt.Errorf("make socket folder: %w", err)
	}
	if err := c.who.isOurs(c.socketDir); err != nil {
		return err
	}
	return c.who.own(c.socketDir)
}

// installation is the one of the cluster's own version, or the newest where
// there is no cluster yet. A folder of another version is never touched.
func (c *cluster) installation(ctx context.Context) (Installation, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if entries, err := os.ReadDir(c.dir); err == nil && len(entries) > 0 {
			return Installation{}, fmt.Errorf("%s is not empty and no PostgreSQL data folder: move it away or choose another --data-dir", c.dir)
		}
		return Find(ctx, 0)
	}
	if err != nil {
		return Installation{}, fmt.Errorf("read the data folder's version: %w", err)
	}
	want, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return Installation{}, fmt.Errorf("%s: version %q is not a number: the folder is damaged; restore it from a backup", c.dir, text)
	}
	in, err := Find(ctx, want)
	if errors.Is(err, ErrNotFound) {
		newest, _ := Find(ctx, 0)
		return in, fmt.Errorf("%s was made by PostgreSQL %d, installed is %s: install postgresql-%d, upgrade the folder with pg_upgrade, or choose another --data-dir",
			c.dir, want, versionOr(newest.Version, "none"), want)
	}
	return in, err
}

func versionOr(v, none string) string {
	if v == "" {
		return none
	}
	return v
}

// create makes the cluster beside its place and moves it there whole, so that
// an interrupted initdb leaves no half of one.
func (c *cluster) create(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.dir, "PG_VERSION")); err == nil {
		return nil
	}
	half := c.dir + ".new"
	if err := os.RemoveAll(half); err != nil { // what an earlier, interrupted run left: never a cluster in use
		return fmt.Errorf("clear %s: %w", half, err)
	}
	if err := os.Mkdir(half, 0o700); err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	if err := c.who.own(half); err != nil {
		return err
	}
	args := []string{
		"-D", half, "-U", superuser, "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-locale",
		"--data-checksums",
	}
	if c.Fast {
		args = append(args, "--no-sync")
	}
	cmd := c.command(ctx, "initdb", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted while the cluster was made: nothing is there yet: %w", ctx.Err())
		}
		return fmt.Errorf("make cluster in %s: %w: %s", half, err, lastLines(string(out)))
	}
	if err := os.Remove(c.dir); err != nil && !errors.Is(err, os.ErrNotExist) { // empty, or it would have been refused
		return fmt.Errorf("make cluster: %w", err)
	}
	c.Log.InfoContext(ctx, "cluster made", "dir", c.dir, "version", c.in.Version)
	return os.Rename(half, c.dir)
}

func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.in.BinDir, name), args...)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "PGTZ=UTC")
	cmd.SysProcAttr = c.who.attributes(name == "postgres")
	return cmd
}

func (c *cluster) settings() []string {
	set := map[string]string{
		"listen_addresses": "", "unix_socket_directories": c.socketDir, "unix_socket_permissions": "0700",
		"shared_buffers": "256MB", "max_wal_size": "4GB", "checkpoint_completion_target": "0.9", "wal_compression": "on",
		"max_connections": "60", "jit": "off", "timezone": "UTC", "log_timezone": "UTC", "log_min_messages": "warning",
	}
	if c.Fast {
		set["fsync"], set["synchronous_commit"], set["full_page_writes"], set["max_connections"] = "off", "off", "off", "200"
	}
	for k, v := range c.Tuning {
		set[k] = v
	}
	args := []string{"-D", c.dir}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		args = append(args, "-c", name+"="+set[name])
	}
	return args
}

func (c *cluster) start(ctx context.Context) (*Server, error) {
	logFile, err := os.OpenFile(filepath.Join(c.DataDir, "postgres.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	defer logFile.Close()
	before, _ := logFile.Seek(0, io.SeekEnd)
	cmd := c.command(context.WithoutCancel(ctx), "postgres", c.settings()...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	s := &Server{Installation: c.in, socketDir: c.socketDir, exited: make(chan struct{}), log: c.Log, fast: c.Fast}
	started := make(chan error)
	go func() {
		// The server is told to stop when the thread that started it ends:
		// keep this one for as long as the server lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(s.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.process = cmd.Process
	if err := c.await(ctx, s); err != nil {
		_ = s.Stop()
		return nil, fmt.Errorf("%w: %s", err, lastLines(tail(logFile.Name(), before)))
	}
	c.Log.InfoContext(ctx, "PostgreSQL started", "version", c.in.Version, "socket", c.socketDir)
	return s, nil
}

// await returns when the server answers. Recovery after a crash may take a
// while: the server alone says when it has given up, by ending.
func (c *cluster) await(ctx context.Context, s *Server) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.ping(ctx) == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.exited:
			return errors.New("PostgreSQL ended at its start")
		case <-tick.C:
		}
	}
}

// joinWithin is how long a server that is there but does not answer, because
// it is starting or stopping, is waited for.
const joinWithin = 15 * time.Second

// join tells whether another process's server answers. One that is about to
// stop is waited for to be gone.
func (c *cluster) join(ctx context.Context, s *Server) bool {
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for c.running() {
		if s.ping(ctx) == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return false
}

// running tells whether the cluster's own pid file names a living process.
func (c *cluster) running() bool {
	text, err := os.ReadFile(filepath.Join(c.dir, "postmaster.pid"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	return err == nil && pid > 0 && alive(pid)
}

func tail(file string, from int64) string {
	f, err := os.Open(file)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err.Error()
	}
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// lastLines is what a program that failed said in the end. What it said of the
// failure itself comes before what followed from it.
func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for _, mark := range []string{"No space left on device", "FATAL", "PANIC", "ERROR"} {
		if i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, mark) }); i >= 0 {
			lines = lines[i:min(len(lines), i+2)]
			break
		}
	}
	return strings.Join(lines[max(0, len(lines)-4):], " | ")
}
