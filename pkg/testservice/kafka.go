package testservice

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	//go:embed kafka/pom.xml
	kafkaPom []byte
	//go:embed kafka/server.properties
	kafkaProperties string
)

// kafkaVersion names the cache folder, so that a new version in pom.xml comes
// with a new folder. A test holds the two together.
const kafkaVersion = "4.4.0"

// User and Password log in to a broker's guarded listener.
const (
	User     = "ana"
	Password = "open sesame"
)

// javaFlags keep a broker at about 200 MB and its start at a few seconds.
var javaFlags = []string{
	"-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
	"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
}

// Broker is one real Kafka broker on loopback.
type Broker struct {
	// Addr is host:port, the bootstrap address.
	Addr string
	// Guarded is the address of a listener where a client has to log in, as
	// [User] by SASL PLAIN.
	Guarded string

	dir, jars string
	guard     *guard
}

// Kafka starts a broker for one test and ends it with the test. It skips the
// test, saying what to install, where Java or Maven is missing, but fails it
// where the environment has CI=true.
func Kafka(tb testing.TB) *Broker {
	tb.Helper()
	if err := needKafka(); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), 5*time.Minute) // the first start downloads
	defer cancel()
	b, err := StartKafka(ctx)
	if err != nil {
		tb.Fatalf("start Kafka: %v", err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Errorf("end Kafka: %v", err)
		}
	})
	return b
}

func needKafka() error {
	return need(map[string]string{"java": "openjdk-17-jre-headless", "mvn": "maven"})
}

// StartKafka starts a broker that lives until Close, or until this process ends.
func StartKafka(ctx context.Context) (*Broker, error) {
	if err := needKafka(); err != nil {
		return nil, err
	}
	jars, err := cached("kafka-"+kafkaVersion, func(dir string) error { return installKafka(ctx, dir) })
	if err != nil {
		return nil, err
	}
	// A port that was free may be taken by the time the broker binds it.
	for attempt := 1; ; attempt++ {
		b, err := startKafka(ctx, jars)
		if err == nil || attempt == 3 || ctx.Err() != nil {
			return b, err
		}
	}
}

func startKafka(ctx context.Context, jars string) (*Broker, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "spaas-kafka-")
	if err != nil {
		return nil, err
	}
	properties := fillIn(ports, filepath.Join(dir, "data"))
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "server.properties"), []byte(properties), 0o644),
		// Formatting takes a JVM start: it is done once, and copied.
		os.CopyFS(filepath.Join(dir, "data"), os.DirFS(filepath.Join(jars, "formatted"))),
	); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	b := &Broker{
		Addr: fmt.Sprintf("127.0.0.1:%d", ports[0]), Guarded: fmt.Sprintf("127.0.0.1:%d", ports[1]),
		dir: dir, jars: jars,
	}
	if err := b.start(ctx); err != nil {
		if b.guard == nil {
			os.RemoveAll(dir)
		}
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// fillIn makes the properties of a broker.
func fillIn(ports []int, data string) string {
	return strings.NewReplacer(
		"{{broker}}", strconv.Itoa(ports[0]),
		"{{guarded}}", strconv.Itoa(ports[1]),
		"{{controller}}", strconv.Itoa(ports[2]),
		"{{data}}", data, "{{user}}", User, "{{password}}", Password,
	).Replace(kafkaProperties)
}

// start runs the broker on its folder and waits until it answers.
func (b *Broker) start(ctx context.Context) error {
	command := append([]string{"java"}, javaFlags...)
	command = append(command, "-cp", filepath.Join(b.jars, "libs", "*"), "kafka.Kafka", filepath.Join(b.dir, "server.properties"))
	started, err := startGuarded(b.dir, command...)
	if err != nil {
		return err
	}
	b.guard = started
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr), kgo.DialTimeout(time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ping, done := context.WithTimeout(ctx, time.Second)
		err := client.Ping(ping)
		done()
		if err == nil {
			return nil
		}
		if !b.guard.alive() {
			return fmt.Errorf("broker ended while starting:\n%s", b.guard.logTail())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("broker did not answer at %s: %w\n%s", b.Addr, err, b.guard.logTail())
		}
	}
}

// Kill ends the broker as SIGKILL does; its data stays for Restart.
func (b *Broker) Kill() error { return b.guard.kill() }

// Restart starts a killed broker again on the same address and data.
func (b *Broker) Restart(ctx context.Context) error {
	old := b.guard
	err := b.start(ctx)
	if b.guard == old {
		return err // nothing was started: the data stays in its care
	}
	return errors.Join(err, old.leave())
}

// Close ends the broker and removes its data.
func (b *Broker) Close() error {
	if b.guard == nil {
		return os.RemoveAll(b.dir)
	}
	g := b.guard
	b.guard = nil
	return g.close()
}

// installKafka fills dir with libs (the broker's jars) and formatted (an empty
// log folder of a new cluster).
func installKafka(ctx context.Context, dir string) error {
	properties := fillIn([]int{1, 2, 3}, filepath.Join(dir, "formatted")) // nobody listens
	pom, conf := filepath.Join(dir, "pom.xml"), filepath.Join(dir, "server.properties")
	if err := errors.Join(os.WriteFile(pom, kafkaPom, 0o644), os.WriteFile(conf, []byte(properties), 0o644)); err != nil {
		return err
	}
	if err := run(ctx, "mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies",
		"-DoutputDirectory="+filepath.Join(dir, "libs"), "-DincludeScope=runtime"); err != nil {
		return err
	}
	return run(ctx, "java", "-cp", filepath.Join(dir, "libs", "*"), "kafka.tools.StorageTool", "format",
		"-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", conf)
}

// run runs a command to its end; its output is in the error.
func run(ctx context.Context, command ...string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return nil
}
