// Command spaas takes a stream job from an empty folder to production.
package main

import (
	"os"

	"github.com/spaas/spaas/cmd/spaas/internal/cli"
	"github.com/spaas/spaas/cmd/spaas/internal/root"
)

func main() {
	os.Exit(root.Main(cli.System(), os.Args[1:]))
}
