package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	connectLimit = 5 * time.Second
	quietLimit   = 10 * time.Second
	pingLimit    = 2 * time.Second
)

// postgresLine is LISTEN on one connection and NOTIFY on another, both its own.
// NOTIFY takes a lock of the whole database at commit: it is never part of a
// transaction that does anything else.
type postgresLine struct {
	cfg   *pgx.ConnConfig
	quiet time.Duration // a connection that says nothing for so long is asked for a sign of life
	out   *pgx.Conn     // made by the first send
}

func newPostgresLine(cfg *pgx.ConnConfig) *postgresLine {
	cfg.RuntimeParams["application_name"] = "mlb-betting bus"
	return &postgresLine{cfg: cfg, quiet: quietLimit}
}

func (l *postgresLine) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	return pgx.ConnectConfig(ctx, l.cfg)
}

func (l *postgresLine) listen(ctx context.Context, up func(), got func(string)) error {
	conn, err := l.connect(ctx)
	if err != nil {
		return fmt.Errorf("listen to PostgreSQL: %w", err)
	}
	defer hangUp(ctx, conn)
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen to PostgreSQL: %w", err)
	}
	up()
	for {
		if err := l.await(ctx, conn, got); err != nil {
			return fmt.Errorf("listen to PostgreSQL: %w", err)
		}
	}
}

// await waits for one notification, or checks a quiet connection.
func (l *postgresLine) await(ctx context.Context, conn *pgx.Conn, got func(string)) error {
	quiet, cancel := context.WithTimeout(ctx, l.quiet)
	defer cancel()
	n, err := conn.WaitForNotification(quiet)
	switch {
	case err == nil:
		got(n.Payload)
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		ping, cancel := context.WithTimeout(ctx, pingLimit)
		defer cancel()
		return conn.Ping(ping)
	}
	return err
}

func (l *postgresLine) send(ctx context.Context, payload string) error {
	if l.out == nil || l.out.IsClosed() {
		conn, err := l.connect(ctx)
		if err != nil {
			return fmt.Errorf("notify PostgreSQL: %w", err)
		}
		l.out = conn
	}
	if _, err := l.out.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload); err != nil {
		hangUp(ctx, l.out)
		l.out = nil
		return fmt.Errorf("notify PostgreSQL: %w", err)
	}
	return nil
}

func (l *postgresLine) close() {
	if l.out != nil {
		hangUp(context.Background(), l.out)
	}
}

// hangUp says goodbye, shortly: the server may be gone.
func hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
