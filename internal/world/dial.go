package world

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Dial is the DialContext of an http.Transport.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// DialContext finds the sources under their real host names, under "actionnetwork" and
// the like, and at their addresses, and nothing else: a client with it cannot
// leave the machine. Under a DNSFailure a source is not found. The names are
// plain http: there are no certificates.
func (w *World) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	to, err := w.resolve(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	var d net.Dialer
	return d.DialContext(ctx, network, to)
}

// resolve is where an address leads.
func (w *World) resolve(addr string) (string, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	for _, s := range Sources() {
		if addr != w.addrs[s] && host != s.Host() && host != string(s) {
			continue
		}
		if w.board.has(s, DNSFailure, w.moment()) {
			break
		}
		return w.addrs[s], nil
	}
	if addr == w.control {
		return w.control, nil
	}
	return "", noSuchHost(host)
}

func noSuchHost(name string) error {
	return &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// Dialer is World.DialContext for another process: it asks the control, at
// its URL, where an address leads.
func Dialer(control string) Dial {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		var found struct {
			Addr string `json:"addr"`
		}
		if err := ask(ctx, control+"/resolve?addr="+url.QueryEscape(addr), &found); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		if found.Addr == "" {
			host, _, _ := net.SplitHostPort(addr)
			return nil, &net.OpError{Op: "dial", Net: network, Err: noSuchHost(host)}
		}
		var d net.Dialer
		return d.DialContext(ctx, network, found.Addr)
	}
}

// Follow makes a clock in another process that goes with the world's, whose
// control is at a URL; wall tells the real time. It does not see later steps and speeds.
func Follow(ctx context.Context, control string, wall func() time.Time) (*Clock, error) {
	var told clockTold
	asked := wall()
	if err := ask(ctx, control+"/clock", &told); err != nil {
		return nil, fmt.Errorf("follow the world's clock: %w", err)
	}
	half := wall().Sub(asked) / 2
	return NewClock(told.Now.Add(time.Duration(float64(half)*told.Speed)), told.Speed, wall), nil
}

// ask gets a JSON answer of the control.
func ask(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // it only explains
		return fmt.Errorf("%s: %s: %s", address, resp.Status, text)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(into)
}
