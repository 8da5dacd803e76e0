package testservice

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestMain(m *testing.M) {
	if os.Getenv("TESTSERVICE_START_AND_HANG") != "" {
		startAndHang()
	}
	os.Exit(m.Run())
}

// killed and running are how the broker is when its process hangs.
const killed, running = "killed", "running"

// startAndHang is a process that starts a broker and then neither ends it nor
// ends itself: it is killed.
func startAndHang() {
	b, err := StartKafka(context.Background())
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	if os.Getenv("TESTSERVICE_START_AND_HANG") == killed {
		if err := b.Kill(); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	fmt.Println(b.dir)
	select {}
}

func TestVersionIsTheOneOfThePom(t *testing.T) {
	if !bytes.Contains(kafkaPom, []byte("<version>"+kafkaVersion+"</version>")) {
		t.Errorf("kafka/pom.xml does not hold version %s", kafkaVersion)
	}
}

func TestKafkaSurvivesKill(t *testing.T) {
	b := Kafka(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr), kgo.DefaultProduceTopic("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(t.Context(), 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("kept")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := b.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(t.Context(), kgo.StringRecord("new")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	ends, err := admin.ListEndOffsets(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := ends.Lookup("t", 0); o.Offset != 2 {
		t.Errorf("%d records after kill and restart, want 2", o.Offset)
	}
}

func TestKafkaIsGoneWithItsProcess(t *testing.T) {
	if err := needKafka(); err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	for _, how := range []string{running, killed} {
		t.Run(how, func(t *testing.T) { goneWithItsProcess(t, how) })
	}
}

func goneWithItsProcess(t *testing.T, how string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TESTSERVICE_START_AND_HANG="+how)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error:") {
		t.Fatalf("%v %s", err, line)
	}
	dir := strings.TrimSpace(line)
	g := guard{dir: dir}
	if g.alive() != (how == running) {
		t.Fatalf("the broker should be %s", how)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(10 * time.Second); ; {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return // the guard removes the folder after the kill
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there 10 s after its process was killed", dir)
		}
		time.Sleep(20 * time.Millisecond) // polling with a deadline
	}
}
