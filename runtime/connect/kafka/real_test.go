package kafka

import (
	"testing"

	"github.com/spaas/spaas/pkg/testservice"
)

func TestRealKafka(t *testing.T) {
	broker := testservice.Kafka(t)
	t.Run("conformance", func(t *testing.T) {
		conformant(t, func(t *testing.T) *fixture { return &fixture{t, []string{broker.Addr}} })
	})
}
