package simslate

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

func TestSameSeedSameBytes(t *testing.T) {
	now := time.Date(2026, 7, 16, 20, 0, 0, 0, time.UTC)
	slate := func(seed uint64) []byte {
		var b bytes.Buffer
		if err := Write(&b, seed, now); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if !bytes.Equal(slate(1), slate(1)) {
		t.Error("the same seed gives other bytes")
	}
	if bytes.Equal(slate(1), slate(2)) {
		t.Error("another seed gives the same bytes")
	}
}

// Every row of every slate is readable and nothing in it is from the future.
func TestReadable(t *testing.T) {
	f, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	if !f.Synthetic {
		t.Error("the format does not mark its rows synthetic")
	}
	now := time.Date(2026, 11, 1, 5, 30, 0, 0, time.UTC) // the night the clocks go back
	for seed := range uint64(20) {
		var b bytes.Buffer
		if err := Write(&b, seed, now); err != nil {
			t.Fatal(err)
		}
		r, err := f.Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || row.ObservedAt.After(now) {
				t.Fatalf("seed %d, row %d: %+v, %v", seed, row.N, row, err)
			}
		}
		if n < 1000 {
			t.Errorf("seed %d: %d rows", seed, n)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestBrokenWriter(t *testing.T) {
	if err := Write(brokenWriter{}, 1, time.Unix(0, 0)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v, want ErrShortWrite", err)
	}
}
