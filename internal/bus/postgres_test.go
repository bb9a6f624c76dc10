package bus

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// TestQuietConnection listens to a connection that says nothing: first because
// there is nothing to say, then because its server is stuck.
func TestQuietConnection(t *testing.T) {
	url := storetest.EmptyURL(t)
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	l := newPostgresLine(cfg)
	l.quiet = 20 * time.Millisecond
	up, heard, ended := make(chan struct{}), make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- l.listen(t.Context(), func() { close(up) }, func(payload string) { heard <- payload })
	}()
	<-up
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	pid := awaitPing(t, other)
	if _, err := other.Exec(t.Context(), `SELECT pg_notify('mlb_quotes', 'hello')`); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != "hello" {
		t.Errorf("heard %q after a ping", got)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Skip("the server runs as another user: ", err)
	}
	defer syscall.Kill(pid, syscall.SIGCONT)
	select {
	case err := <-ended:
		t.Log(err)
	case <-time.After(10 * time.Second):
		t.Error("still listening to a server that is stuck")
	}
}

// awaitPing returns the listener's server process once it has been pinged.
func awaitPing(t *testing.T, conn *pgx.Conn) (pid int) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		var query string
		err := conn.QueryRow(t.Context(), `SELECT pid, query FROM pg_stat_activity
			WHERE application_name = 'mlb-betting bus' AND datname = current_database()`).Scan(&pid, &query)
		if err != nil {
			t.Fatal(err)
		}
		if query != "LISTEN mlb_quotes" {
			return pid
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("a quiet connection was not pinged")
		}
	}
}
