// Command gofuzz runs every fuzz test of the module for the time given, one
// after another: go test takes only one at once.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gofuzz:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, each string) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.ImportPath}}", "./...").Output()
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		names, err := fuzzTests(ctx, pkg)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := fuzz(ctx, pkg, name, each); err != nil {
				return err
			}
		}
	}
	return nil
}

func fuzzTests(ctx context.Context, pkg string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-list", "^Fuzz", pkg).Output()
	if err != nil {
		return nil, fmt.Errorf("list fuzz tests of %s: %w", pkg, err)
	}
	var names []string
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		if strings.HasPrefix(s.Text(), "Fuzz") {
			names = append(names, s.Text())
		}
	}
	return names, nil
}

func fuzz(ctx context.Context, pkg, name, each string) error {
	fmt.Printf("%s %s %s\n", pkg, name, each)
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", each, pkg) //nolint:gosec // our own packages
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", pkg, name, err, out)
	}
	return nil
}
