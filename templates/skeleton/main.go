// Reads events and forgets them: the smallest job there is.
package main

import "github.com/spaas/spaas/runtime/job"

func main() { job.Main(Build) }
