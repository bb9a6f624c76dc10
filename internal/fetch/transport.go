package fetch

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// NewTransport is how requests leave this machine: through the proxy where one
// is given, never through one that only the environment names. An address that
// is no proxy's wraps mlb.ErrInvalid.
func NewTransport(proxy string) (*http.Transport, error) {
	t := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // unpacked here, where its size is watched
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        8,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if proxy == "" {
		return t, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: the proxy in the settings is not an address such as http://proxy.example.com:3128", mlb.ErrInvalid)
	}
	t.Proxy = http.ProxyURL(u)
	return t, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
