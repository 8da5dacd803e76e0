// Counts the requests of a web server by status and hour.
package main

import "github.com/spaas/spaas/runtime/job"

func main() { job.Main(Build) }
