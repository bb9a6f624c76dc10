// Command mlb-betting is the whole platform in one program.
package main

import (
	"os"

	"github.com/mlb-betting/mlb-betting/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
