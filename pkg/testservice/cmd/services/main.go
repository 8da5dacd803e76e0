// Command services starts the real services that the tests use and keeps them
// until Ctrl-C: `make services`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spaas/spaas/pkg/testservice"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "services:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	fmt.Println("starting Kafka (the first time downloads its jars) …")
	kafka, err := testservice.StartKafka(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("kafka   %s\n        %s with SASL PLAIN, user %s, password %q\nCtrl-C ends it and removes its data\n",
		kafka.Addr, kafka.Guarded, testservice.User, testservice.Password)
	<-ctx.Done()
	return kafka.Close()
}
