// Command check says whether a demo run counted right: it counts the web log by
// itself, in the simplest way there is, and compares.
//
//	check LOG JOB
//
// LOG is the log that was fed, JOB the folder of the job. From the files of the
// job's sink it takes the last pane of each status and hour, and from the job's
// last status how many events came too late and how many lines were bad. No
// pane may count more than the log has, and what panes lack must be exactly the
// late events.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: check LOG JOB")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

// bucket is what is counted apart.
type bucket struct {
	status int
	hour   time.Time
}

func check(log, job string) error {
	lines, bad, want, err := countLog(log)
	if err != nil {
		return err
	}
	got, files, err := countPanes(filepath.Join(job, "out", "archive"))
	if err != nil {
		return err
	}
	saidLate, saidBad, err := said(filepath.Join(job, ".spaas", "run", "status.json"))
	if err != nil {
		return err
	}
	var faults []error
	inPanes := 0
	for b, n := range got {
		inPanes += n
		if n > want[b] {
			faults = append(faults, fmt.Errorf("status %d at %s: a pane counts %d, the log has %d", b.status, b.hour.Format(time.RFC3339), n, want[b]))
		}
	}
	if saidBad != bad {
		faults = append(faults, fmt.Errorf("the log has %d bad lines, the job says %d", bad, saidBad))
	}
	if inPanes+saidLate+saidBad != lines {
		faults = append(faults, fmt.Errorf("panes %d + late %d + bad %d is not lines %d", inPanes, saidLate, saidBad, lines))
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	fmt.Printf("checked: %d in %d panes (from %d files) + %d late + %d bad = %d lines in\n", inPanes, len(got), files, saidLate, saidBad, lines)
	return nil
}

// request finds time and status of a line in the combined log format.
var request = regexp.MustCompile(`^\S+ \S+ \S+ \[([^\]]+)\] "[^"]*" (\d{3}) .*"$`)

// countLog counts the lines of a log by status and hour.
func countLog(path string) (lines, bad int, counts map[bucket]int, err error) {
	counts = map[bucket]int{}
	err = eachLine(path, func(line []byte) error {
		lines++
		m := request.FindSubmatch(line)
		if m == nil {
			bad++
			return nil
		}
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", string(m[1]))
		if err != nil {
			bad++
			return nil
		}
		status, _ := strconv.Atoi(string(m[2]))
		counts[bucket{status, at.UTC().Truncate(time.Hour)}]++
		return nil
	})
	return lines, bad, counts, err
}

// countPanes reads what the job wrote: of each status and hour the last pane
// counts, because a pane that fires again corrects the one before.
func countPanes(dir string) (counts map[bucket]int, files int, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return nil, 0, err
	}
	if len(names) == 0 {
		return nil, 0, fmt.Errorf("there are no files in %s", dir)
	}
	counts = map[bucket]int{}
	slices.Sort(names) // those of one writer are in order; a status has one writer
	for _, name := range names {
		err := eachLine(name, func(line []byte) error {
			var pane struct {
				Key   int
				Start time.Time
				Value int
			}
			if err := json.Unmarshal(line, &pane); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			counts[bucket{pane.Key, pane.Start.UTC()}] = pane.Value
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return counts, len(names), nil
}

// said is what the job counted as late and as bad.
func said(path string) (late, bad int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	var status struct {
		Sources   []struct{ Bad int }
		Operators []struct{ Late int }
	}
	if err := json.Unmarshal(text, &status); err != nil {
		return 0, 0, err
	}
	for _, s := range status.Sources {
		bad += s.Bad
	}
	for _, o := range status.Operators {
		late += o.Late
	}
	return late, bad, nil
}

// eachLine visits the lines of a file.
func eachLine(path string, visit func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := visit(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}
