package pg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// helperDir in the environment makes this test binary a process that starts a
// cluster there, says so, and stops it when its standard input ends.
const helperDir = "PG_TEST_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		os.Exit(hold(dir))
	}
	os.Exit(m.Run())
}

func hold(dir string) int {
	s, err := Start(context.Background(), Config{DataDir: dir, Fast: true})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if s.process != nil {
		fmt.Println("started", s.process.Pid)
	} else {
		fmt.Println("joined 0")
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return 1
	}
	if err := s.Stop(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// holder is such a process.
type holder struct {
	cmd   *exec.Cmd
	stdin io.Closer
	said  string
}

func startHolder(t *testing.T, dir string, attributes *syscall.SysProcAttr) *holder {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if attributes != nil { // the go command's own folder is closed to others
		self = openCopy(t, self)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), helperDir+"="+dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = attributes
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	said, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &holder{cmd, stdin, strings.TrimSpace(said)}
}

func openCopy(t *testing.T, program string) string {
	t.Helper()
	body, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder(t), "helper")
	if err := os.WriteFile(name, body, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

func (h *holder) pid(t *testing.T) int {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimPrefix(h.said, "started "))
	if err != nil {
		t.Fatalf("the helper said %q", h.said)
	}
	return pid
}

// folder is a new folder that any user may enter.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mlbpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Config{DataDir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func query(t *testing.T, s *Server, database, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var text string
	if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestStartStopStart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, dir)
	for range 2 {
		if err := s.EnsureDatabase(t.Context(), `od"d`); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CloneDatabase(t.Context(), "twin", `od"d`); err != nil {
		t.Fatal(err)
	}
	if err := s.CloneDatabase(t.Context(), "twin", `od"d`); err == nil {
		t.Error("a second database of the same name was made")
	}
	if got := query(t, s, "twin", `SHOW listen_addresses`); got != "" {
		t.Errorf("the server listens on %q, want no network", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, dir)
	if got := query(t, again, "postgres", `SELECT count(*)::text FROM pg_database WHERE datname IN ('twin', 'od"d')`); got != "2" {
		t.Errorf("%s databases after a restart, want both", got)
	}
}

// One process starts the server, the others join it; it ends with its owner.
func TestJoin(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	owner := startHolder(t, dir, nil)
	joined := start(t, dir)
	if joined.process != nil {
		t.Error("a second server was started")
	}
	if got := query(t, joined, "postgres", `SELECT 'here'`); got != "here" {
		t.Errorf("got %q", got)
	}
	if err := joined.Stop(); err != nil || !alive(owner.pid(t)) {
		t.Errorf("the joined server was stopped (%v)", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	servers := make(chan *Server, 4)
	for range cap(servers) {
		go func() {
			s, err := Start(t.Context(), Config{DataDir: dir, Fast: true})
			if err != nil {
				t.Error(err)
			}
			servers <- s
		}()
	}
	owners := 0
	var all []*Server
	for range cap(servers) {
		s := <-servers
		if s != nil && s.process != nil {
			owners++
		}
		all = append(all, s)
	}
	if owners != 1 {
		t.Errorf("%d servers were started, want 1", owners)
	}
	for _, s := range all {
		if s != nil {
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A killed program leaves no server behind, and its data is there at the next
// start.
func TestKilledParent(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	h := startHolder(t, dir, nil)
	pid := h.pid(t)
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait()
	awaitDeath(t, pid)
	start(t, dir)
}

func awaitDeath(t *testing.T, pid int) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for alive(pid) {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("server %d outlives its program", pid)
		}
	}
}

// A pid file that names a living process which is no server is no obstacle.
func TestStalePidFile(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "postgres", "postmaster.pid")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%d\n", 1<<22-1), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestFoldersThatAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, text, want string }{
		{"another version", "PG_VERSION", "14\n", "install postgresql-14"},
		{"damaged version", "PG_VERSION", "x\n", "damaged"},
		{"something else", "diary.txt", "dear diary", "move it away"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			file := filepath.Join(dir, "postgres", c.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Start(t.Context(), Config{DataDir: dir, Fast: true})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want an error about %s with %q", err, dir, c.want)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != c.text {
				t.Errorf("the folder was touched: %q, %v", text, err)
			}
		})
	}
}

// What an interrupted initdb left is cleared away.
func TestInterruptedCreation(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.MkdirAll(filepath.Join(dir, "postgres.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	if _, err := os.Stat(filepath.Join(dir, "postgres.new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("postgres.new is still there: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("long-", 30), "it's")
	s := start(t, dir)
	t.Cleanup(func() { os.RemoveAll(s.socketDir) })
	if got := query(t, s, "postgres", `SELECT 'here'`); got != "here" || len(s.socketDir) > maxSocketPath {
		t.Errorf("got %q on %s", got, s.socketDir)
	}
}

func TestSocketFolderOfSomebodyElse(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.Symlink(folder(t), filepath.Join(dir, "run")); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "not a private folder") {
		t.Errorf("got %v, want a refusal", err)
	}
}

// A server that cannot start says why, in its own words.
func TestServerThatEndsAtItsStart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	_, err := Start(t.Context(), Config{DataDir: dir, Fast: true, Tuning: map[string]string{"shared_buffers": "lots"}})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("got %v, want an error that names shared_buffers", err)
	}
}

func TestAsPlainUser(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("not root: every other test runs as a plain user already")
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("there is no user nobody")
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t)
	if err := os.Chown(dir, int(uid), -1); err != nil {
		t.Fatal(err)
	}
	h := startHolder(t, dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}})
	h.pid(t)
}

func TestFolderTheServerCannotEnter(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("not root: the server runs as the same user")
	}
	closed := filepath.Join(folder(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{DataDir: filepath.Join(closed, "data")})
	if err == nil || !strings.Contains(err.Error(), "cannot enter "+closed) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("got %v, want an error that names %s and another folder", err, closed)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	newest, err := Find(t.Context(), 0)
	if err != nil || newest.Major < MinMajor || !strings.HasPrefix(newest.Version, strconv.Itoa(newest.Major)) {
		t.Errorf("got %+v, %v", newest, err)
	}
	if same, err := Find(t.Context(), newest.Major); err != nil || same.Major != newest.Major {
		t.Errorf("got %+v, %v; want major %d", same, err, newest.Major)
	}
	for _, major := range []int{14, 99} {
		if _, err := Find(t.Context(), major); !errors.Is(err, ErrNotFound) {
			t.Errorf("major %d: %v, want ErrNotFound", major, err)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": 15, "postgres (PostgreSQL) 18beta1": 18, "nonsense": 0,
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"initdb": "", "postgres": "#!/bin/sh\necho '" + said + "'\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		in, err := inspect(t.Context(), dir)
		if in.Major != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %+v, %v; want %d", said, in, err, want)
		}
	}
	if _, err := inspect(t.Context(), t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestDefaultDataDir(t *testing.T) {
	dir, err := DefaultDataDir()
	if err != nil || !strings.HasSuffix(dir, "mlb-betting") || (os.Getuid() == 0 && dir != "/var/lib/mlb-betting") {
		t.Errorf("got %s, %v", dir, err)
	}
}
