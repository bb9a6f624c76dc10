// Package redistest runs a private Redis for a test: on a unix socket, in a
// folder of its own, without a trace on disk. A test may kill it, freeze it and
// start it again.
package redistest

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a private Redis.
type Server struct {
	program string
	dir     string

	mu      sync.Mutex
	process *exec.Cmd // nil: not running
}

// Start runs a Redis until the test ends. Where no redis-server is installed
// the test fails with the command that installs it.
func Start(t testing.TB) *Server {
	t.Helper()
	s := New(t)
	s.Restart(t)
	return s
}

// New is a Redis that does not run yet.
func New(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: install it with scripts/ensure-redis.sh (Debian, Ubuntu: apt-get install -y redis-server)")
	}
	dir, err := os.MkdirTemp("", "rds") // t.TempDir may be longer than a socket's path can be
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{program: program, dir: dir}
	t.Cleanup(func() {
		s.Kill(t)
		os.RemoveAll(dir)
	})
	return s
}

// URL is the address for REDIS_URL.
func (s *Server) URL() string { return "unix://" + s.socket() }

func (s *Server) socket() string { return filepath.Join(s.dir, "s") }

// Restart starts the server and returns when it answers. It knows nothing of
// its life before.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		t.Fatal("redistest: the server is running")
	}
	output, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd := exec.Command(s.program, "--port", "0", "--unixsocket", s.socket(), "--unixsocketperm", "700", //nolint:noctx // ended by Kill
		"--save", "", "--appendonly", "no", "--dir", s.dir)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = output, output, attributes()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = cmd
	s.await(t)
}

// await returns when the server answers.
func (s *Server) await(t testing.TB) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		if answers(s.socket()) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			t.Fatalf("redis-server did not answer in 10 s:\n%s", said)
		}
	}
}

func answers(socket string) bool {
	conn, err := net.DialTimeout("unix", socket, time.Second) //nolint:noctx // it has a limit of its own
	if err != nil {
		return false
	}
	defer conn.Close()                                                    //nolint:errcheck // it was asked and has answered, or not
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil { //nolint:forbidigo // a deadline of the socket
		return false
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && strings.HasPrefix(line, "+PONG")
}

// Kill ends the server at once, as a crash would. A server that does not run
// is left as it is.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	if err := s.process.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = s.process.Wait() // "signal: killed"
	s.process = nil
}

// Freeze makes the server neither answer nor hang up, until Thaw.
func (s *Server) Freeze(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Server) Thaw(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		t.Fatal("redistest: the server is not running")
	}
	if err := s.process.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
