package term

import (
	"testing"
	"time"
)

func TestProgressElsewhereIsPlainLines(t *testing.T) {
	pipe, out, err := Fake()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	p := pipe.Progress(10*time.Second, func() time.Time { return now })
	p.Stepf("building %s", "clicks")
	for i := range 25 {
		p.Updatef("read %d", i)
		now = now.Add(time.Second)
	}
	p.Done()
	want := "building clicks\nread 0\nread 10\nread 20\n"
	if err.String() != want || out.String() != "" {
		t.Errorf("got %q and %q, want %q", err, out, want)
	}
}

func TestProgressOnATerminalIsOneLine(t *testing.T) {
	tty, out, err := Fake(AsTTY(12, 24))
	p := tty.Progress(time.Hour, time.Now)
	p.Stepf("building")
	p.Updatef("read 123,456 of them")
	p.Done()
	p.Done() // on every way out
	want := "\rbuilding\x1b[K" + "\rread 123,4…\x1b[K" + "\r\x1b[K"
	if err.String() != want || out.String() != "" {
		t.Errorf("got %q and %q, want %q", err, out, want)
	}
}

func TestQuiet(t *testing.T) {
	pipe, out, err := Fake()
	pipe.Quiet()
	p := pipe.Progress(0, time.Now)
	p.Stepf("building")
	p.Updatef("read 1")
	p.Done()
	pipe.Notef("note: slow")
	pipe.Printf("result\n")
	if err.String() != "" || out.String() != "result\n" {
		t.Errorf("got %q and %q", err, out)
	}
}
